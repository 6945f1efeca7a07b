import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, Worker, type WorkflowBundleOption } from '@temporalio/worker';

const HISTORIES = join(import.meta.dirname, '../histories');

/** Replays every stored history whose name begins so; answers, for each, what went wrong. */
export async function replayHistories(
  prefix: string,
  workflowBundle: WorkflowBundleOption,
): Promise<(Error | undefined)[]> {
  const names = (await readdir(HISTORIES)).filter((name) => name.startsWith(prefix));
  const histories = names.map(async (name) => ({
    // A rollout looks at its own id, which is fixed.
    workflowId: prefix === 'rollout-' ? 'rollout' : name,
    history: JSON.parse(await readFile(join(HISTORIES, name), 'utf8')),
  }));
  const errors: (Error | undefined)[] = [];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, await Promise.all(histories))) {
    errors.push(error);
  }
  return errors;
}

/** A bundle of other workflows than the product's, such as a deliberately incompatible one. */
export function bundleOf(workflowsPath: string): Promise<WorkflowBundleOption> {
  const quiet = () => undefined;
  const logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, log: quiet };
  return bundleWorkflowCode({ workflowsPath, logger });
}
