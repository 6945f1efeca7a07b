import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { DataSource } from 'typeorm';
import { createBatchStore } from '../src/dataset/batch-store.ts';
import type { DatasetStore } from '../src/dataset/dataset-store.ts';
import { exportFolder } from '../src/dataset/export-file.ts';
import { createExporter } from '../src/dataset/exporter.ts';
import { DatasetFailure, safeMessage } from '../src/dataset/failure.ts';
import type {
  ExportBatchInput,
  ExportBatchResult,
  ReleaseBatchInput,
  ReleaseTrainingSetInput,
  UploadDatasetInput,
  UploadDatasetResult,
} from '../src/dataset/messages.ts';
import { openScratch } from '../src/dataset/scratch-store.ts';
import { createTrainingSets } from '../src/dataset/training-set.ts';
import { createTrainingSetStore } from '../src/dataset/training-set-store.ts';
import type { Log } from '../src/log.ts';
import { isDatabaseDown } from '../src/platform/postgres/errors.ts';

export interface DatasetActivityDeps {
  db: DataSource;
  datasetStore: DatasetStore;
  /** FEEDBACK_EXPORT_DIR */
  exportDir: string;
  log: Log;
}

/** The doors to exports and training sets; they pass ids, names, counts and hashes, never what was asked or answered. */
export function createDatasetActivities({ db, datasetStore, exportDir, log }: DatasetActivityDeps) {
  const exporter = createExporter({
    batches: createBatchStore({ db }),
    folder: exportFolder(exportDir),
    log,
  });
  const trainingSets = createTrainingSets({
    sets: createTrainingSetStore({ db }),
    datasets: datasetStore,
    openScratch,
    log,
  });
  return {
    /** Claims, writes and marks one batch; the same batch id again goes on where it was. */
    exportBatch: (input: ExportBatchInput): Promise<ExportBatchResult> =>
      asActivity(() => exporter.exportBatch({ ...input, ...workflow() }, progress())),
    /** Gives the rows of an unfinished batch back. */
    releaseBatch: (input: ReleaseBatchInput): Promise<void> => asActivity(() => exporter.releaseBatch(input)),
    /** Builds a training set from the database alone and uploads it; the same id again gives the same set. */
    uploadDataset: (input: UploadDatasetInput): Promise<UploadDatasetResult> =>
      asActivity(() => trainingSets.uploadDataset({ ...input, ...workflow() }, progress())),
    /** When a tuning came to nothing: the set's examples count again as not trained on. */
    releaseTrainingSet: async (input: ReleaseTrainingSetInput): Promise<void> => {
      await asActivity(() => trainingSets.releaseTrainingSet(input));
    },
  };
}

function workflow(): { workflowId: string | null; runId: string | null } {
  const { workflowExecution } = activityInfo();
  return { workflowId: workflowExecution?.workflowId ?? null, runId: workflowExecution?.runId ?? null };
}

function progress() {
  return { heartbeat, signal: cancellationSignal() };
}

/** What a person has to mend is not tried again; nothing of a row gets into a failure's text. */
async function asActivity<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    if (error instanceof DatasetFailure) throw ApplicationFailure.nonRetryable(error.message, error.type);
    const why = isDatabaseDown(error)
      ? 'The database can’t be reached; the step goes on when it is back.'
      : safeMessage(error);
    throw ApplicationFailure.retryable(why, 'DatasetStepFailed');
  }
}
