import { setTimeout as sleep } from 'node:timers/promises';
import { type GenerateContentParameters, type GoogleGenAI, ThinkingLevel } from '@google/genai';
import { type Address, createAddressBook, isEndpoint } from './addresses.ts';
import { createChunkReader } from './chunks.ts';
import type { GeminiConnection } from './connection.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { failed, failureOf, timedOut } from './failure.ts';
import { createGoogleClient } from './google-client.ts';
import { type GeminiQuestion, type GeminiReply, NO_USAGE } from './reply.ts';
import { createRetryBudget } from './retry-budget.ts';

/** The one way to Gemini's answers. */
export interface GeminiClient {
  /** Asks once; whatever happens comes back as a reply, nothing is thrown. */
  answer: (question: GeminiQuestion) => Promise<GeminiReply>;
}

interface Attempt {
  reply: GeminiReply;
  status: number | undefined;
  /** Nothing came, and asking again is safe and may help. */
  retryAfterMs: number | undefined;
}

/** Makes the serving client; the SDK's clients are made at their first use, one per location. */
export function createGeminiClient(connection: GeminiConnection): GeminiClient {
  const addresses = createAddressBook({
    servingLocation: connection.wire === 'vertex' ? connection.servingLocation : '',
    hosts: connection.baseUrl === undefined ? 'by-location' : 'one',
  });
  const budget = createRetryBudget();
  const clients = new Map<string, GoogleGenAI>();

  function clientAt(location: string): GoogleGenAI {
    const known = clients.get(location) ?? createGoogleClient(connection, location);
    clients.set(location, known);
    return known;
  }

  /** A 404 of an endpoint may only mean that it is called at the wrong place. */
  async function attempt(question: GeminiQuestion, deadline: Deadline): Promise<Attempt> {
    let last: Attempt | undefined;
    for (const address of addresses.of(question.target)) {
      last = await call({ google: clientAt(address.location), address, question, deadline });
      if (last.status !== 404) {
        if (last.status === 200) addresses.keep(question.target, address);
        return last;
      }
    }
    addresses.keep(question.target, undefined);
    return last ?? settled(failed('the model has no address'));
  }

  return {
    answer: async (question) => {
      const deadline = startDeadline({ ...question, caller: question.signal });
      budget.earn();
      try {
        const first = await attempt(question, deadline);
        const pauseMs = first.retryAfterMs;
        if (question.retry === 'never' || pauseMs === undefined) return first.reply;
        if (deadline.leftMs() < 2 * pauseMs || !budget.spend()) return first.reply;
        await sleep(pauseMs * (1 + Math.random() / 2), undefined, { signal: deadline.signal }).catch(
          () => undefined,
        );
        return (await attempt(question, deadline)).reply;
      } finally {
        deadline.stop();
      }
    },
  };
}

interface Call {
  google: GoogleGenAI;
  address: Address;
  question: GeminiQuestion;
  deadline: Deadline;
}

async function call({ google, address, question, deadline }: Call): Promise<Attempt> {
  const reader = createChunkReader();
  const parameters = parametersOf({ address, prompt: question.prompt, signal: deadline.signal });
  const delivery = createDelivery(question.onDelta, deadline);
  try {
    if (question.onDelta) {
      const stream = await google.models.generateContentStream(parameters);
      for await (const chunk of stream) await delivery.take(reader.add(chunk));
    } else {
      reader.add(await google.models.generateContent(parameters));
    }
    return { ...settled(reader.end()), status: 200 };
  } catch (thrown) {
    if (deadline.ended() === 'caller_gone') return settled({ outcome: 'caller_gone', ...NO_USAGE });
    // The model was done; what broke afterwards is the connection, not the answer.
    if (reader.isFinished()) return settled(reader.end());
    if (deadline.ended() === 'timeout') return settled(timedOut(deadline.waitMs()));
    const { status, retryAfterMs, ...reply } = failureOf(thrown);
    return { reply, status, retryAfterMs: delivery.hasBegun() ? undefined : retryAfterMs };
  }
}

function settled(reply: GeminiReply): Attempt {
  return { reply, status: undefined, retryAfterMs: undefined };
}

/** One request per answer; a tuned version gets the least thinking, since its examples hold no thoughts. */
function parametersOf({
  address,
  prompt,
  signal,
}: {
  address: Address;
  prompt: string;
  signal: AbortSignal;
}): GenerateContentParameters {
  return {
    model: address.model,
    contents: [{ role: 'user', parts: [{ text: prompt }] }],
    config: {
      automaticContinuation: false,
      abortSignal: signal,
      ...(isEndpoint(address.model) ? { thinkingConfig: { thinkingLevel: ThinkingLevel.MINIMAL } } : {}),
    },
  };
}

/** Hands text on from the first that is not blank, so that an answer of blanks can still fail with a plain status. */
function createDelivery(onDelta: GeminiQuestion['onDelta'], deadline: Deadline) {
  let held = '';
  let begun = false;
  return {
    hasBegun: () => begun,
    take: async (piece: string): Promise<void> => {
      held += piece;
      if (!begun && held.trim() === '') return;
      begun = true;
      const ready = held === '' ? undefined : onDelta?.(held);
      held = '';
      if (ready) {
        deadline.pause();
        await ready;
      }
      deadline.heard();
    },
  };
}
