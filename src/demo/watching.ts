import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DemoError, type Door } from './door.ts';
import type { Story } from './tell.ts';

const Run = z.object({
  run_id: z.string(),
  phase: z.string(),
  outcome: z.string().nullish(),
  reason: z.string().nullish(),
  candidate: z.string().nullish(),
});
const Runs = z.object({ items: z.array(Run) });

const Rollout = z.object({
  id: z.string(),
  candidate: z.string(),
  stage: z.number().nullish(),
  state: z.string(),
  verdict: z.string().nullish(),
  reason: z.string().nullish(),
  outcome: z.string().nullish(),
  web_ui_url: z.string().nullish(),
});
export type RolloutItem = z.infer<typeof Rollout>;

const POLL_MS = 250;
/** Ten seconds on a quiet machine. */
const NIGHT_WITHIN_MS = 5 * 60_000;
/** Nobody looks at a silent line for longer. */
const SILENCE_MS = 5_000;

/** Starts the pipeline now and tells its phases; answers the candidate that it handed to a rollout. */
export async function liveThroughNight(door: Door, story: Story): Promise<string> {
  const { run_id } = await door.post('/api/v1/pipelines', {}, z.object({ run_id: z.string() }));
  const giveUpAt = Date.now() + NIGHT_WITHIN_MS;
  let phase = '';
  while (Date.now() < giveUpAt) {
    const { items } = await door.get('/api/v1/pipelines', Runs);
    const run = items.find((item) => item.run_id === run_id);
    if (run && run.phase !== phase && !run.outcome)
      story.detail(`pipeline: ${run.phase.replaceAll('_', ' ')}`);
    phase = run?.phase ?? phase;
    if (run?.outcome === 'rollout_started' && run.candidate) return run.candidate;
    if (run?.outcome) throw new DemoError(`The pipeline ended as ${run.outcome}: ${run.reason}`);
    await sleep(POLL_MS);
  }
  throw new DemoError(`The pipeline was still ${phase} after ${NIGHT_WITHIN_MS / 60_000} minutes`);
}

export interface Watched {
  /** The rollout as last seen; undefined until it has begun. */
  seen: () => RolloutItem | undefined;
  ended: Promise<RolloutItem>;
}

/** Follows a candidate's rollout to its end and tells each change of stage or verdict. */
export function watchRollout(door: Door, candidate: string, story: Story): Watched {
  let seen: RolloutItem | undefined;
  let toldAt = 0;
  const follow = async (): Promise<RolloutItem> => {
    for (;;) {
      const { items } = await door.get('/api/v1/rollouts', z.object({ items: z.array(Rollout) }));
      const item = items.find((rollout) => rollout.candidate === candidate);
      if (item?.outcome) return item;
      if (item && (news(item, seen) || Date.now() - toldAt > SILENCE_MS)) {
        story.detail(spoken(item));
        toldAt = Date.now();
      }
      seen = item;
      await sleep(POLL_MS);
    }
  };
  return { seen: () => seen, ended: follow() };
}

function news(item: RolloutItem, before: RolloutItem | undefined): boolean {
  return item.stage !== before?.stage || item.verdict !== before?.verdict;
}

function spoken({ stage, verdict, state, reason }: RolloutItem): string {
  return `rollout at ${stage ?? 0} %: ${verdict ?? state}${reason ? ` (${reason})` : ''}`;
}
