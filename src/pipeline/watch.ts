import type { BatchStore } from '../dataset/batch-store.ts';
import type { Exporter } from '../dataset/exporter.ts';
import type { TrainingSetStore } from '../dataset/training-set-store.ts';
import type { Log } from '../log.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import { latestRun } from '../platform/temporal/latest-run.ts';
import type { Look } from '../platform/watch.ts';
import { hasEnded, type Tuner } from '../tuning/tuner.ts';
import type { PipelineStore } from './store.ts';

export interface PipelineWatchDeps {
  pipelines: Pick<PipelineStore, 'open' | 'endLeft'>;
  batches: Pick<BatchStore, 'unfinished'>;
  exporter: Pick<Exporter, 'releaseBatch'>;
  trainingSets: Pick<TrainingSetStore, 'unfinished' | 'release'>;
  tuner: Pick<Tuner, 'findTuningJob' | 'cancelTuningJob'>;
  temporal: Pick<Temporal, 'call'>;
  log: Log;
}

/**
 * Puts right what a terminated pipeline or export left behind, since no step of its own could: rows and examples that
 * it claimed, its tuning job, its line in the list. Each look does nothing while Temporal can't be asked.
 */
export function pipelineLooks(deps: PipelineWatchDeps): Look[] {
  return [() => lookAtBatches(deps), () => lookAtTrainingSets(deps), () => lookAtRuns(deps)];
}

async function lookAtBatches(deps: PipelineWatchDeps): Promise<void> {
  for (const batch of await deps.batches.unfinished()) {
    const reason = await whyLeft(deps, batch);
    if (reason) await deps.exporter.releaseBatch({ batchId: batch.id, reason });
  }
}

async function lookAtTrainingSets(deps: PipelineWatchDeps): Promise<void> {
  const { trainingSets, tuner, log } = deps;
  for (const set of await trainingSets.unfinished()) {
    const reason = await whyLeft(deps, set);
    if (!reason) continue;
    // The job first: while it can't be asked to end, its examples are not given to another.
    const found = await tuner.findTuningJob(set.id);
    if (found && !hasEnded(found.status)) {
      await tuner.cancelTuningJob(found.job);
      log.info({ event: 'tuning.cancelled', job: found.job }, `Asked ${found.job} to end: ${reason}`);
    }
    await trainingSets.release(set.id, { released: reason });
  }
}

async function lookAtRuns(deps: PipelineWatchDeps): Promise<void> {
  const { pipelines, log } = deps;
  for (const run of await pipelines.open()) {
    const reason = (await whyLeft(deps, run)) ?? (await whyReset(deps, run));
    if (!reason || !(await pipelines.endLeft(run.runId, reason))) continue;
    log.warn(
      { event: 'pipeline.mended', workflow_id: run.workflowId, run_id: run.runId },
      `A pipeline was left open: ${reason}`,
    );
  }
}

/** A reset goes on as another run, which has a line of its own; what this one claimed is that one's now. */
async function whyReset(
  { temporal }: PipelineWatchDeps,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<string | undefined> {
  const run = await temporal.call((client) => latestRun(client, workflowId));
  return run && run.runId !== runId
    ? `its workflow was reset and goes on as the run ${run.runId}`
    : undefined;
}

/** Why nobody will end what a workflow began; undefined while the workflow can. */
async function whyLeft(
  { temporal }: PipelineWatchDeps,
  { workflowId }: { workflowId: string | null },
): Promise<string | undefined> {
  if (workflowId === null) return undefined;
  const run = await temporal.call((client) => latestRun(client, workflowId));
  if (run && !run.hasEnded) return undefined;
  return run
    ? `its workflow ended (${run.status}) before it could tidy up`
    : 'its workflow is not known to Temporal any more';
}
