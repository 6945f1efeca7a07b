import type { AskedModel } from '../gemini/model-name.ts';
import type { Log } from '../log.ts';

const REPEAT_AFTER_MS = 60_000;

/** Says that Google answers with another model than the one asked for: at once, then once a minute for each pair. */
export function createOtherModelAlarm(log: Log): (asked: AskedModel, told: string | undefined) => void {
  const toldAt = new Map<string, number>();
  return (asked, told) => {
    const pair = `${asked.versionName} ${told}`;
    if (Date.now() - (toldAt.get(pair) ?? 0) < REPEAT_AFTER_MS) return;
    toldAt.set(pair, Date.now());
    log.warn(
      { event: 'gemini.other_model', model_version: asked.versionName, provider_model: told },
      'Another model answered than the one asked for: its answers are kept out of the gate and the training set',
    );
  };
}
