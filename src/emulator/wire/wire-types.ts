import type { File as GenaiFile, TuningJob as GenaiTuningJob, GenerateContentResponse } from '@google/genai';

/**
 * The SDK's types as JSON: string enums become the words on the wire, so that answers are checked against
 * the SDK (`satisfies`) without loading it. int64 stays a string there, as Google sends it.
 */
type OnWire<T> = T extends string
  ? `${T}`
  : T extends ReadonlyArray<infer Item>
    ? OnWire<Item>[]
    : T extends object
      ? { [Key in keyof T]: OnWire<T[Key]> }
      : T;

type AnswerField =
  | 'candidates'
  | 'createTime'
  | 'modelVersion'
  | 'promptFeedback'
  | 'responseId'
  | 'usageMetadata';

/** One GenerateContentResponse; the SDK's class has getters and methods besides. */
export type WireAnswer = OnWire<Partial<Pick<GenerateContentResponse, AnswerField>>>;

type WireCandidate = NonNullable<WireAnswer['candidates']>[number];

/** An answer as faults leave it: reasons that no SDK knows, tokens that ask for a second request. */
export type SentAnswer = Omit<WireAnswer, 'candidates' | 'promptFeedback'> & {
  candidates?: SentCandidate[];
  promptFeedback?: { blockReason?: string };
};
export type SentCandidate = Omit<WireCandidate, 'finishReason'> & {
  finishReason?: string;
  continuationToken?: string;
};

export type WireTuningJob = OnWire<Omit<GenaiTuningJob, 'sdkHttpResponse'>>;

export type WireFile = OnWire<GenaiFile>;
