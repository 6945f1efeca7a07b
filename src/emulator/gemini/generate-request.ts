import { z } from 'zod';
import { invalidArgument } from '../wire/errors.ts';
import type { Surface } from '../wire/route.ts';
import { parseBody } from '../wire/strict-json.ts';
import type { CatalogueModel } from './catalogue.ts';

const anything = z.unknown().optional();

const part = z.strictObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  thoughtSignature: anything,
  inlineData: anything,
  fileData: anything,
  functionCall: anything,
  functionResponse: anything,
  executableCode: anything,
  codeExecutionResult: anything,
  videoMetadata: anything,
  mediaResolution: anything,
  partMetadata: anything,
});

const content = z.strictObject({ role: z.string().optional(), parts: z.array(part).optional() });

const generationConfig = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  topK: z.number().optional(),
  candidateCount: z.literal(1).optional(),
  maxOutputTokens: z.number().int().min(1).max(65_536).optional(),
  stopSequences: z.array(z.string()).max(5).optional(),
  seed: z.number().int().optional(),
  frequencyPenalty: z.number().optional(),
  presencePenalty: z.number().optional(),
  thinkingConfig: z
    .strictObject({
      includeThoughts: z.boolean().optional(),
      thinkingBudget: z.number().int().optional(),
      thinkingLevel: z.string().optional(),
    })
    .optional(),
  responseMimeType: anything,
  responseSchema: anything,
  responseJsonSchema: anything,
  responseFormat: anything,
  responseModalities: anything,
  responseLogprobs: anything,
  logprobs: anything,
  mediaResolution: anything,
  audioTimestamp: anything,
  audioTranscriptionConfig: anything,
  speechConfig: anything,
  imageConfig: anything,
  translationConfig: anything,
  routingConfig: anything,
  modelSelectionConfig: anything,
  enableAffectiveDialog: anything,
  enableEnhancedCivicAnswers: anything,
});

const developerFields = {
  contents: z.array(content).optional(),
  systemInstruction: content.optional(),
  safetySettings: z
    .array(z.strictObject({ category: z.string(), threshold: z.string(), method: anything }))
    .optional(),
  tools: z.array(z.unknown()).optional(),
  toolConfig: anything,
  cachedContent: anything,
  serviceTier: anything,
  continuationToken: z.string().optional(),
  generationConfig: generationConfig.optional(),
  model: anything,
};

const developerRequest = z.strictObject(developerFields);
const vertexRequest = z.strictObject({
  ...developerFields,
  labels: z.record(z.string(), z.string()).optional(),
  modelArmorConfig: anything,
});

export type GenerateRequest = z.infer<typeof vertexRequest>;

/** A body of generateContent or streamGenerateContent as far as the model lets it be. Throws ApiFault. */
export function parseGenerateRequest(
  body: unknown,
  surface: Surface,
  model: CatalogueModel,
): GenerateRequest {
  const request: GenerateRequest = parseBody(
    surface === 'developer' ? developerRequest : vertexRequest,
    body,
  );
  checkContents(request);
  const last = request.contents?.at(-1)?.role;
  if (last !== undefined && last !== 'user' && last !== 'function') {
    throw invalidArgument(
      'Please ensure that multiturn requests end with a user role or a function response.',
    );
  }
  checkConfig(request, model);
  return request;
}

const countTokensRequest = z.strictObject({
  ...developerFields,
  generateContentRequest: z.strictObject(developerFields).optional(),
  instances: anything,
});

/** The contents of a countTokens body, which may stand inside `generateContentRequest`. Throws ApiFault. */
export function parseCountTokensRequest(body: unknown): GenerateRequest {
  const { generateContentRequest, instances: _, ...outer } = parseBody(countTokensRequest, body);
  const request = generateContentRequest ?? outer;
  checkContents(request);
  return request;
}

/** All text of the request's turns, and the last user turn by itself. */
export function promptTexts(request: GenerateRequest): { whole: string; lastTurn: string } {
  const turns = (request.contents ?? []).map(({ parts }) =>
    (parts ?? []).map(({ text }) => text ?? '').join(''),
  );
  const system = (request.systemInstruction?.parts ?? []).map(({ text }) => text ?? '').join('');
  return {
    whole: [...(system === '' ? [] : [system]), ...turns].join('\n'),
    lastTurn: turns.at(-1) ?? '',
  };
}

function checkContents({ contents }: GenerateRequest): void {
  if (contents === undefined || contents.length === 0) {
    throw invalidArgument(
      'Unable to submit request because at least one contents field is required. Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini',
    );
  }
  for (const { role, parts } of contents) {
    if (role !== undefined && !['user', 'model', 'function'].includes(role)) {
      throw invalidArgument('Please use a valid role: user, model.');
    }
    if (parts === undefined || parts.length === 0) {
      throw invalidArgument(
        'Unable to submit request because it must include at least one parts field, which describes the prompt input. Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini',
      );
    }
    if (parts.some(({ text }) => text === '')) {
      throw invalidArgument(
        'Unable to submit request because it has an empty text parameter. Add a value to the parameter and try again. Learn more: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini',
      );
    }
  }
}

function checkConfig({ generationConfig: config }: GenerateRequest, model: CatalogueModel): void {
  const penalised = config?.frequencyPenalty !== undefined || config?.presencePenalty !== undefined;
  if (penalised && model.refusesPenalties) {
    throw invalidArgument(`Penalty is not enabled for ${model.name}`);
  }
  const level = config?.thinkingConfig?.thinkingLevel;
  if (level !== undefined && !model.thinkingLevels.includes(level)) {
    throw invalidArgument(
      `Thinking level ${level} is not supported for this model. Please retry with other thinking level.`,
    );
  }
}
