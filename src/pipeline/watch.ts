import type { BatchStore } from '../dataset/batch-store.ts';
import type { Exporter } from '../dataset/exporter.ts';
import type { TrainingSetStore } from '../dataset/training-set-store.ts';
import type { Log } from '../log.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import { type LatestRun, latestRun } from '../platform/temporal/latest-run.ts';
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
    const reason = whyLeft(await runOf(deps, batch));
    if (reason) await deps.exporter.releaseBatch({ batchId: batch.id, reason });
  }
}

async function lookAtTrainingSets(deps: PipelineWatchDeps): Promise<void> {
  const { trainingSets, tuner, log } = deps;
  for (const set of await trainingSets.unfinished()) {
    const reason = whyLeft(await runOf(deps, set));
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
  for (const line of await pipelines.open()) {
    const run = await runOf(deps, line);
    const reason = whyLeft(run) ?? whyFollowed(run, line.runId);
    if (!reason || !(await pipelines.endLeft(line.runId, reason))) continue;
    log.warn(
      { event: 'pipeline.mended', workflow_id: line.workflowId, run_id: line.runId },
      `A pipeline was left open: ${reason}`,
    );
  }
}

/** Undefined where no workflow stands behind it. */
type Run = LatestRun | 'unknown' | undefined;

async function runOf({ temporal }: PipelineWatchDeps, begun: { workflowId: string | null }): Promise<Run> {
  const { workflowId } = begun;
  if (workflowId === null) return undefined;
  return (await temporal.call((client) => latestRun(client, workflowId))) ?? 'unknown';
}

/** Why nobody will end what a workflow began; undefined while the workflow can. */
function whyLeft(run: Run): string | undefined {
  if (run === 'unknown') return 'its workflow is not known to Temporal any more';
  return run?.hasEnded ? `its workflow ended (${run.status}) before it could tidy up` : undefined;
}

/** A workflow that was reset goes on as another run, which has a line of its own. */
function whyFollowed(run: Run, runId: string): string | undefined {
  if (run === undefined || run === 'unknown' || run.runId === runId) return undefined;
  return `its workflow was reset and goes on as the run ${run.runId}`;
}
