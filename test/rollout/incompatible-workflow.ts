import { sleep } from '@temporalio/workflow';
import type { RolloutResult, RolloutStart } from '../../src/rollout/messages.ts';
import { rollout as released } from '../../workflows/rollout.ts';

/** A rollout that waits a moment first: a timer that no stored history has. */
export async function rollout(start: RolloutStart): Promise<RolloutResult> {
  await sleep('1 second');
  return released(start);
}
