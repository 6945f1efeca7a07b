/** Workflow type of an ad-hoc export. */
export const EXPORT_FEEDBACK = 'exportFeedback';

/** Workflow id of the export that is started over HTTP: the id keeps a second one out while it runs. */
export const HTTP_EXPORT_WORKFLOW_ID = 'export-http';

/** Input of `exportFeedback`; without `days` it takes everything not yet exported. */
export interface ExportFeedbackInput {
  /** Thumbs of the last so many days only, 1 to 3650. */
  days?: number;
  /** False: writes the positives of the window, exported or not, and marks nothing. Default true. */
  mark?: boolean;
}

/** Input of the activity `exportBatch`. The same id again goes on with the batch that is there. */
export interface ExportBatchInput extends ExportFeedbackInput {
  /** UUID, made by the workflow. */
  batchId: string;
}

/** What an export came to; also the result of `exportFeedback`. */
export interface ExportBatchResult {
  outcome: 'exported' | 'nothing_to_export';
  batchId: string;
  /** Null when there was no positive to write. */
  fileName: string | null;
  /** Rows that the batch claimed, or, when it marks nothing, that its file holds. */
  rows: number;
  /** Lines of the file. */
  positives: number;
  /** Claimed rows that are older than the nightly window of seven days. */
  leftBehind: number;
  bytes: number;
  sha256: string | null;
}

export interface ReleaseBatchInput {
  batchId: string;
  /** Shown on the list of exports. */
  reason: string;
}

/** Input of the activity `uploadDataset`. The same id again gives the same training set. */
export interface UploadDatasetInput {
  /** UUID, made by the workflow. */
  trainingSetId: string;
  baseModel: string;
  /** Fewest examples, validation part included, that make a training set. */
  minSamples: number;
}

export type UploadDatasetResult =
  | {
      outcome: 'uploaded';
      trainingSetId: string;
      trainingUri: string;
      /** Left out when no example was held out. */
      validationUri?: string;
      trainingExamples: number;
      validationExamples: number;
      trainingSha256: string;
      validationSha256?: string;
      manifestUri: string;
    }
  | { outcome: 'not_enough_samples'; examples: number; minSamples: number }
  | { outcome: 'nothing_new' };

export interface ReleaseTrainingSetInput {
  trainingSetId: string;
  reason: string;
}
