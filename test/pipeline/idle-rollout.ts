import { condition } from '@temporalio/workflow';

/** A rollout that is running, and does nothing: it holds the id `rollout`, and no lock on the skipped clock. */
export async function rollout(): Promise<void> {
  await condition(() => false);
}
