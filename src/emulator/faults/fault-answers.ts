import type { AnswerReply } from '../wire/reply.ts';
import type { SentAnswer, SentCandidate } from '../wire/wire-types.ts';

/** What is left of the text of an answer that did not end well. */
export type LeftText = 'all' | 'part' | 'none' | 'empty';

/** An answer that ends with a reason of one's choice. */
export function finished(reply: AnswerReply, finishReason: string, left: LeftText): AnswerReply {
  if (left === 'none' || left === 'empty') {
    const content = left === 'empty' ? { content: { role: 'model', parts: [{ text: '' }] } } : {};
    return { ...reply, chunks: [{ ...reply.chunks.at(-1), candidates: [{ ...content, finishReason }] }] };
  }
  const shorter = left === 'part' ? { ...reply, chunks: firstHalf(reply.chunks) } : reply;
  return withLastCandidate(shorter, (candidate) => ({ ...candidate, finishReason }));
}

/** No candidates, and a reason why the prompt was refused. */
export function blockedPrompt(reply: AnswerReply, blockReason: string): AnswerReply {
  const { candidates: _, usageMetadata, ...rest } = reply.chunks.at(-1) ?? {};
  const tokens = usageMetadata?.promptTokenCount ?? 0;
  const blocked = {
    ...rest,
    usageMetadata: { promptTokenCount: tokens, totalTokenCount: tokens },
    promptFeedback: { blockReason },
  };
  return { ...reply, chunks: [blocked] };
}

/** The first half of the answer, and a token with which to ask for the rest. */
export function continuation(reply: AnswerReply): AnswerReply {
  return withLastCandidate({ ...reply, chunks: firstHalf(reply.chunks) }, (candidate) => ({
    ...candidate,
    finishReason: 'CONTINUATION',
    continuationToken: 'emulator-continuation',
  }));
}

export function withLastCandidate(
  reply: AnswerReply,
  change: (candidate: SentCandidate) => SentCandidate,
): AnswerReply {
  const last = reply.chunks.at(-1) ?? {};
  const changed = { ...last, candidates: [change(last.candidates?.[0] ?? {})] };
  return { ...reply, chunks: [...reply.chunks.slice(0, -1), changed] };
}

/** Half of the chunks, or half of the text of the only one. */
function firstHalf(chunks: readonly SentAnswer[]): SentAnswer[] {
  if (chunks.length > 1) return chunks.slice(0, Math.ceil(chunks.length / 2));
  return chunks.map((chunk) => {
    const text = chunk.candidates?.[0]?.content?.parts?.[0]?.text ?? '';
    const half = text.slice(0, Math.ceil(text.length / 2));
    return {
      ...chunk,
      candidates: [{ ...chunk.candidates?.[0], content: { role: 'model', parts: [{ text: half }] } }],
    };
  });
}
