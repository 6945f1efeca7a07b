import { randomUUID } from 'node:crypto';
import { ApiFault } from '../wire/errors.ts';
import { type AnswerReply, jsonReply, type Reply } from '../wire/reply.ts';
import type { WireRequest } from '../wire/route.ts';
import type { WireAnswer } from '../wire/wire-types.ts';
import type { World } from '../world.ts';
import { answerText, textChunks, tokenCount } from './answers.ts';
import {
  type GenerateRequest,
  parseCountTokensRequest,
  parseGenerateRequest,
  promptTexts,
} from './generate-request.ts';
import { resolveTarget, type Target } from './targets.ts';

type ModelSurface = 'vertex' | 'developer';

/** generateContent: one whole answer. */
export async function generateContent(
  world: World,
  request: WireRequest,
  surface: ModelSurface,
): Promise<Reply> {
  const { chunks, ...reply } = await answer(world, request, surface);
  return { ...reply, mode: 'unary', chunks: [joined(chunks)] };
}

/** streamGenerateContent: server-sent events with `alt=sse`, else one JSON array. */
export async function streamGenerateContent(
  world: World,
  request: WireRequest,
  surface: ModelSurface,
): Promise<Reply> {
  const reply = await answer(world, request, surface);
  return { ...reply, mode: request.query.get('alt') === 'sse' ? 'sse' : 'array' };
}

/** countTokens, by the emulator's rule of four characters a token. */
export function countTokens(world: World, request: WireRequest, surface: ModelSurface): Reply {
  resolveTarget(world, request, surface);
  const { whole } = promptTexts(parseCountTokensRequest(request.body));
  const tokens = tokenCount(whole);
  return jsonReply({
    totalTokens: tokens,
    ...(surface === 'vertex' ? { totalBillableCharacters: whole.replace(/\s/g, '').length } : {}),
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens }],
  });
}

async function answer(
  world: World,
  request: WireRequest,
  surface: ModelSurface,
): Promise<Omit<AnswerReply, 'mode' | 'chunks'> & { chunks: WireAnswer[] }> {
  const target = resolveTarget(world, request, surface);
  const asked = parseGenerateRequest(request.body, surface, target.model);
  if (world.requests.failsByRate(target.id, target.behaviour.errorRate)) {
    throw new ApiFault('UNAVAILABLE', 'The model is overloaded. Please try again later.');
  }
  const { whole, lastTurn } = promptTexts(asked);
  const text = answerText(await world.questions(), {
    target: target.id,
    prompt: lastTurn,
    seed: asked.generationConfig?.seed,
    quality: target.behaviour.quality,
  });
  return {
    type: 'answer',
    chunks: answerChunks({
      text,
      asked,
      target,
      surface,
      promptTokens: tokenCount(whole),
      nowMs: world.nowMs(),
    }),
    delayMs: target.behaviour.latencyMs,
    chunkDelayMs: target.behaviour.chunkDelayMs,
    ending: 'complete',
    chunksBeforeEnding: 0,
  };
}

interface Told {
  readonly text: string;
  readonly asked: GenerateRequest;
  readonly target: Target;
  readonly surface: ModelSurface;
  readonly promptTokens: number;
  readonly nowMs: number;
}

function answerChunks(told: Told): WireAnswer[] {
  const { text, finishReason } = cut(told.text, told.asked);
  const texts = textChunks(text);
  const common = {
    modelVersion: told.target.modelVersion,
    responseId: randomUUID().replaceAll('-', '').slice(0, 22),
    ...(told.surface === 'vertex' ? { createTime: new Date(told.nowMs).toISOString() } : {}),
  };
  return texts.map((piece, index) => {
    const isLast = index === texts.length - 1;
    return {
      candidates: [
        {
          content: { role: 'model', parts: [{ text: piece }] },
          ...(isLast
            ? { finishReason, ...(told.surface === 'vertex' ? { avgLogprobs: -0.1 } : { index: 0 }) }
            : {}),
        },
      ],
      usageMetadata: usage(told, isLast ? tokenCount(text) : undefined),
      ...common,
    } satisfies WireAnswer;
  });
}

/** Honours `stopSequences` and `maxOutputTokens`. */
function cut(
  text: string,
  { generationConfig: config }: GenerateRequest,
): { text: string; finishReason: 'STOP' | 'MAX_TOKENS' } {
  const stops = (config?.stopSequences ?? []).map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  const stopped = stops.length > 0 ? text.slice(0, Math.min(...stops)) : text;
  const limit = config?.maxOutputTokens;
  if (limit === undefined || tokenCount(stopped) <= limit) return { text: stopped, finishReason: 'STOP' };
  return { text: stopped.slice(0, limit * 4), finishReason: 'MAX_TOKENS' };
}

function usage(told: Told, candidatesTokens: number | undefined): NonNullable<WireAnswer['usageMetadata']> {
  const details = (count: number) => [{ modality: 'TEXT' as const, tokenCount: count }];
  return {
    promptTokenCount: told.promptTokens,
    ...(candidatesTokens === undefined
      ? {}
      : {
          candidatesTokenCount: candidatesTokens,
          totalTokenCount: told.promptTokens + candidatesTokens,
          promptTokensDetails: details(told.promptTokens),
          candidatesTokensDetails: details(candidatesTokens),
        }),
    ...(told.surface === 'vertex' ? { trafficType: 'ON_DEMAND' } : {}),
  };
}

function joined(chunks: readonly WireAnswer[]): WireAnswer {
  const last = chunks.at(-1) ?? {};
  const text = chunks.map((chunk) => chunk.candidates?.[0]?.content?.parts?.[0]?.text ?? '').join('');
  return {
    ...last,
    candidates: [{ ...last.candidates?.[0], content: { role: 'model', parts: [{ text }] } }],
  };
}
