import { condition } from '@temporalio/workflow';

/** Workflows that run and do nothing: no timer, no activity, so that the skipped clock is not held up. */
export async function rollout(): Promise<void> {
  await condition(() => false);
}

export async function feedbackPipeline(): Promise<void> {
  await condition(() => false);
}
