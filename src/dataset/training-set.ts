import type { Log } from '../log.ts';
import type { Tally } from './checked-examples.ts';
import type { DatasetStore } from './dataset-store.ts';
import type { TrainingSet } from './entity.ts';
import { setReleased } from './failure.ts';
import type { ReleaseTrainingSetInput, UploadDatasetInput, UploadDatasetResult } from './messages.ts';
import type { Progress } from './progress.ts';
import type { Scratch } from './scratch-store.ts';
import { survey, writeParts } from './training-parts.ts';
import type { ClaimTrainingSet, TrainingSetStore } from './training-set-store.ts';
import { resultOf, storeParts } from './training-upload.ts';

export interface TrainingSetDeps {
  sets: TrainingSetStore;
  datasets: DatasetStore;
  openScratch: () => Promise<Scratch>;
  log: Log;
}

export type UploadRequest = UploadDatasetInput & ClaimTrainingSet;

/**
 * Builds training sets from the database alone, so that any worker can do it: claims what is exported and not
 * trained on, checks it, and streams both parts to the store. Called again with the same id it gives the same.
 */
export function createTrainingSets(deps: TrainingSetDeps) {
  return {
    uploadDataset: (request: UploadRequest, progress: Progress) => uploadDataset(deps, request, progress),
    /** When a tuning came to nothing: its examples count again as not trained on. */
    releaseTrainingSet: ({ trainingSetId, reason }: ReleaseTrainingSetInput) =>
      deps.sets.release(trainingSetId, { released: reason }),
    countUntrained: deps.sets.countUntrained,
  };
}

async function uploadDataset(
  deps: TrainingSetDeps,
  request: UploadRequest,
  progress: Progress,
): Promise<UploadDatasetResult> {
  const { trainingSetId, baseModel, minSamples, workflowId, runId } = request;
  const claim: ClaimTrainingSet = { trainingSetId, baseModel, workflowId, runId };
  const set = await deps.sets.claim(claim, progress.heartbeat);
  if (!set) return { outcome: 'nothing_new' };
  if (set.state !== 'building') return earlierResult(set);
  const { split, tally } = await survey(deps.sets, set, progress);
  if (tally.examples < minSamples) return giveUp(deps, set, { tally, minSamples });
  const scratch = await deps.openScratch();
  try {
    const parts = await writeParts(deps.sets, { set, split, scratch }, progress);
    // A thumb that was taken back meanwhile must not be trained on.
    if ((await deps.sets.countRows(set.id)) < parts.tally.rows)
      return await uploadDataset(deps, request, progress);
    return await storeParts(deps, { set, scratch, parts }, progress);
  } finally {
    await scratch.remove();
  }
}

/** What an earlier call with the same id came to; its answer may have been lost. */
function earlierResult({ id, manifest }: TrainingSet): UploadDatasetResult {
  if (manifest?.released === undefined && manifest?.stored) return resultOf(manifest.stored);
  if (manifest?.notEnough) {
    const { examples, minSamples } = manifest.notEnough;
    return { outcome: 'not_enough_samples', examples, minSamples };
  }
  throw setReleased(id);
}

async function giveUp(
  { sets, log }: TrainingSetDeps,
  set: TrainingSet,
  { tally, minSamples }: { tally: Tally; minSamples: number },
): Promise<UploadDatasetResult> {
  const { examples, rejected } = tally;
  await sets.release(set.id, { notEnough: { examples, minSamples, rejected } });
  log.info(
    { event: 'training_set.not_enough_samples', training_set_id: set.id, examples, min_samples: minSamples },
    'Too few examples are new; they wait for the next night',
  );
  return { outcome: 'not_enough_samples', examples, minSamples };
}
