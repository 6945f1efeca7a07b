import type { GenerateContentResponse } from '@google/genai';
import { AppError } from '../errors.ts';
import { failed } from './failure.ts';
import type { GeminiReply } from './reply.ts';

/** Reasons for which Google stops an answer or refuses to finish it. */
const BLOCKED = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'LANGUAGE',
  'OTHER',
]);

/** CONTINUATION is an answer that the SDK would ask to be continued; one request makes one answer here. */
const CUT = new Set(['MAX_TOKENS', 'CONTINUATION']);

export interface ChunkReader {
  /** Takes one response of a stream, or the only one; answers the text that it adds to the whole, '' for none. */
  add: (chunk: GenerateContentResponse) => string;
  /** The model said that it is done. */
  isFinished: () => boolean;
  /** Judges the whole, once the provider has sent all it will. */
  end: () => GeminiReply;
}

interface Collected {
  text: string;
  blockReason: string | undefined;
  finishReason: string | undefined;
  providerModel: string | undefined;
  usage: GenerateContentResponse['usageMetadata'];
}

/** Puts an answer together from its responses. */
export function createChunkReader(): ChunkReader {
  const collected: Collected = {
    text: '',
    blockReason: undefined,
    finishReason: undefined,
    providerModel: undefined,
    usage: undefined,
  };
  return {
    add: (chunk) => {
      const [candidate] = chunk.candidates ?? [];
      const piece = textOf(candidate?.content?.parts ?? []);
      collected.text += piece;
      collected.blockReason ??= chunk.promptFeedback?.blockReason;
      collected.finishReason = candidate?.finishReason ?? collected.finishReason;
      collected.providerModel = chunk.modelVersion ?? collected.providerModel;
      collected.usage = chunk.usageMetadata ?? collected.usage;
      // What comes with the word that stopped it must not be shown: a plain 422 is still possible.
      return isStopped(collected) ? '' : piece;
    },
    isFinished: () => collected.finishReason !== undefined || collected.blockReason !== undefined,
    end: () => judge(collected),
  };
}

function isStopped({ blockReason, finishReason }: Collected): boolean {
  return blockReason !== undefined || (finishReason !== undefined && BLOCKED.has(finishReason));
}

/** Thoughts are no part of the answer. */
function textOf(parts: { text?: string; thought?: boolean }[]): string {
  return storable(parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''));
}

/** What PostgreSQL and UTF-8 can't hold would make the answer's thumb fail. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

/**
 * A stream that ends without a finish reason is a failure, also where the SDK raises nothing; so are an answer
 * without text and a finish reason that this client does not know.
 */
function judge({ text, blockReason, finishReason, providerModel, usage }: Collected): GeminiReply {
  const tokens = countTokens(usage);
  if (blockReason !== undefined) return blocked('refused the question', blockReason, tokens);
  if (finishReason === undefined) return failed('the answer ended without a finish reason', tokens);
  if (BLOCKED.has(finishReason)) return blocked('stopped its answer', finishReason, tokens);
  if (finishReason !== 'STOP' && !CUT.has(finishReason)) {
    return failed(`the answer ended with finish reason ${oneWord(finishReason)}`, tokens);
  }
  if (text.trim() === '') return failed(`the answer was empty (finish reason ${finishReason})`, tokens);
  const model = providerModel === undefined ? undefined : storable(providerModel).slice(0, 200);
  return {
    outcome: finishReason === 'STOP' ? 'answered' : 'truncated',
    text,
    providerModel: model,
    ...tokens,
  };
}

type Tokens = Pick<GeminiReply, 'inputTokens' | 'outputTokens'>;

/** Thoughts are paid for as output. */
function countTokens(usage: Collected['usage']): Tokens {
  return {
    inputTokens: usage?.promptTokenCount ?? 0,
    outputTokens: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
  };
}

function blocked(what: string, reason: string, tokens: Tokens): GeminiReply {
  const error = new AppError('blocked', `Gemini ${what} because of its content rules`);
  return { outcome: 'blocked', error, reason: oneWord(reason), ...tokens };
}

/** The word comes from outside: kept out of the log when it is more than a word. */
function oneWord(reason: string): string {
  return /^\w{1,40}$/.test(reason) ? reason : 'of an unknown form';
}
