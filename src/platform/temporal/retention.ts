import { msToTs } from '@temporalio/common/lib/time.js';
import type { Temporal } from './connection.ts';

/** The dev server's namespace forgets closed runs after a day; last week's rollout should still be there. */
export async function keepClosedRuns(
  temporal: Pick<Temporal, 'call' | 'target'>,
  days: number,
): Promise<void> {
  const { namespace } = temporal.target;
  await temporal.call(({ connection }) =>
    connection.workflowService.updateNamespace({
      namespace,
      config: { workflowExecutionRetentionTtl: msToTs(`${days} days`) },
    }),
  );
}
