import { AppError } from '../errors.ts';
import type { GeminiClient } from '../gemini/client.ts';
import type { GeminiReply } from '../gemini/reply.ts';
import type { Log } from '../log.ts';
import type { MetricsRecorder } from '../metrics/recorder.ts';
import type { Arm, TrafficView } from '../models/traffic.ts';
import type { Ask } from './ask.ts';
import { hashOfKey } from './assignment-key.ts';
import type { ContextStore } from './context.ts';
import type { RequestType } from './request-types.ts';
import { createVersionCall, type Turn } from './version-call.ts';

export interface AnswererOptions {
  traffic: Pick<TrafficView, 'draw'>;
  gemini: GeminiClient;
  contexts: Pick<ContextStore, 'put'>;
  metrics: Pick<MetricsRecorder, 'answer'>;
  log: Log;
  /** Bounds the wait for the first byte, a second version's turn included, and each silence after it. */
  timeoutMs: number;
  newId: () => string;
}

export interface Answer {
  requestId: string;
  requestType: RequestType;
  text: string;
  modelVersion: string;
  truncated: boolean;
  regeneratedFrom: string | undefined;
}

export interface Answerer {
  /**
   * Gives an answer that can be rated from the moment it is given.
   * @throws AppError `model_unavailable`, `model_timeout` or `blocked`; nothing is kept then.
   */
  answer: (ask: Ask) => Promise<Answer | 'caller_gone'>;
}

type GoodReply = Extract<GeminiReply, { outcome: 'answered' | 'truncated' }>;

/** Asks the version that the traffic draws, and the baseline in its place when it fails before its first byte. */
export function createAnswerer(options: AnswererOptions): Answerer {
  const takeTurn = createTurns(options);
  return {
    answer: async (ask) => {
      const arm = options.traffic.draw(ask.assignmentKey);
      if (!arm) throw notLoaded();
      const { versionName, otherModel, reply, by } = await takeTurn(ask, arm);
      if (reply.outcome === 'caller_gone') return 'caller_gone';
      if ('error' in reply) throw reply.error;
      const requestId = options.newId();
      await storeRequestContext(options.contexts, {
        requestId,
        ask,
        arm,
        turn: { versionName, otherModel, reply, by },
      });
      return {
        requestId,
        requestType: ask.requestType,
        text: reply.text,
        modelVersion: versionName,
        truncated: reply.outcome === 'truncated',
        regeneratedFrom: ask.regeneratedFrom,
      };
    },
  };
}

interface Given {
  requestId: string;
  ask: Ask;
  arm: Arm;
  turn: { versionName: string; otherModel: boolean; by: Turn['by']; reply: GoodReply };
}

/** Keeps what a thumb will need, before the answer is acknowledged, so that no thumb can come too early. */
function storeRequestContext(
  contexts: AnswererOptions['contexts'],
  { requestId, ask, arm, turn: { versionName, otherModel, reply, by } }: Given,
): Promise<void> {
  return contexts.put({
    requestId,
    requestType: ask.requestType,
    prompt: ask.prompt,
    response: reply.text,
    modelVersion: versionName,
    timestamp: Date.now(),
    promptVersion: ask.promptVersion,
    providerModel: reply.providerModel,
    segment: ask.segment,
    regeneratedFrom: ask.regeneratedFrom,
    trainable: isTrainable(reply, otherModel),
    gate: by === 'drawn' && !otherModel ? gateOf(arm) : undefined,
    assignmentHash: ask.assignmentKey === undefined ? undefined : hashOfKey(arm.salt, ask.assignmentKey),
  });
}

function isTrainable(reply: GoodReply, otherModel: boolean): boolean {
  return reply.outcome === 'answered' && !otherModel;
}

function gateOf({ rolloutId, rolloutStage }: Arm): { rolloutId: string; stage: number } | undefined {
  return rolloutId === null || rolloutStage === null ? undefined : { rolloutId, stage: rolloutStage };
}

function notLoaded(): AppError {
  return new AppError('model_unavailable', 'The weights of the model versions are not loaded yet', {
    retryAfterSeconds: 5,
  });
}

/** The drawn version's turn and, when it fails before its first byte, its fallback's in what is left of the time. */
function createTurns(options: AnswererOptions): (ask: Ask, arm: Arm) => Promise<Turn> {
  const callVersion = createVersionCall(options);
  const { timeoutMs } = options;
  return async (ask, arm) => {
    const { versionName, target, fallback, generation } = arm;
    const drawn = { version: { versionName, target }, generation, by: 'drawn' } as const;
    if (!fallback) return callVersion(ask, { ...drawn, firstByteTimeoutMs: timeoutMs, retry: 'once' });
    const startedAt = performance.now();
    const watched = watchFirstByte(ask);
    // Not retried: its failures are to be seen by the gate, and the fallback is the better second try.
    const first = await callVersion(watched.ask, {
      ...drawn,
      firstByteTimeoutMs: timeoutMs / 2,
      retry: 'never',
    });
    if (first.reply.outcome !== 'failed' || watched.hasBegun()) return first;
    const firstByteTimeoutMs = Math.max(0, timeoutMs - (performance.now() - startedAt));
    return callVersion(ask, {
      version: fallback,
      generation,
      by: 'fallback',
      firstByteTimeoutMs,
      retry: 'once',
    });
  };
}

function watchFirstByte(ask: Ask): { ask: Ask; hasBegun: () => boolean } {
  const { onDelta } = ask;
  let begun = false;
  const watching = (text: string) => {
    begun = true;
    return onDelta?.(text);
  };
  return { ask: { ...ask, onDelta: onDelta && watching }, hasBegun: () => begun };
}
