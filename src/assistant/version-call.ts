import type { GeminiClient } from '../gemini/client.ts';
import { isOtherModel } from '../gemini/model-name.ts';
import type { GeminiQuestion, GeminiReply } from '../gemini/reply.ts';
import type { Log } from '../log.ts';
import type { MetricsRecorder } from '../metrics/recorder.ts';
import type { Ask } from './ask.ts';
import { createOtherModelAlarm } from './other-model-alarm.ts';

export interface VersionCallOptions {
  gemini: GeminiClient;
  metrics: Pick<MetricsRecorder, 'answer'>;
  log: Log;
  timeoutMs: number;
}

/** One version's turn. */
export interface Turn {
  versionName: string;
  reply: GeminiReply;
  /** Another model answered than the one asked for. */
  otherModel: boolean;
  /** `drawn` answers count for the gate; what a fallback answered is nobody's merit there. */
  by: 'drawn' | 'fallback';
}

export interface TurnPlan extends Pick<GeminiQuestion, 'firstByteTimeoutMs' | 'retry'> {
  version: { versionName: string; target: string };
  /** Generation of the weights under which the answer was drawn. */
  generation: number;
  by: Turn['by'];
}

/** Makes the call of one version; each is counted, and what went wrong is logged without a word of the texts. */
export function createVersionCall({ gemini, metrics, log, timeoutMs }: VersionCallOptions) {
  const alarm = createOtherModelAlarm(log);

  return async (ask: Ask, plan: TurnPlan): Promise<Turn> => {
    const { version, by } = plan;
    const startedAt = performance.now();
    const reply = await gemini.answer({
      target: version.target,
      prompt: ask.prompt,
      signal: ask.signal,
      onDelta: ask.onDelta,
      firstByteTimeoutMs: plan.firstByteTimeoutMs,
      silenceTimeoutMs: timeoutMs,
      retry: plan.retry,
    });
    const latencyMs = performance.now() - startedAt;
    const otherModel = 'providerModel' in reply && isOtherModel(version, reply.providerModel);
    if (otherModel) alarm(version, reply.providerModel);
    const { outcome, inputTokens, outputTokens } = reply;
    metrics.answer({
      modelVersion: version.versionName,
      requestType: ask.requestType,
      generation: plan.generation,
      by: by === 'fallback' ? 'fallback' : ask.assignmentKey === undefined ? 'request' : 'key',
      outcome,
      latencyMs,
      inputTokens,
      outputTokens,
      otherModel,
    });
    if (outcome === 'failed' || outcome === 'blocked') {
      const ids = { model_version: version.versionName, request_type: ask.requestType };
      log.warn(
        { event: `gemini.${outcome}`, ...ids, reason: reply.reason },
        'A model version gave no answer',
      );
    }
    return { versionName: version.versionName, reply, otherModel, by };
  };
}
