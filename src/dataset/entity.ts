import { EntitySchema } from 'typeorm';
import {
  count,
  createdAt,
  flag,
  json,
  longText,
  moment,
  named,
  orNull,
  updatedAt,
  uuid,
  word,
} from '../platform/postgres/columns.ts';
import type { TrainingSetRecord } from './manifest.ts';

export type BatchState = 'claimed' | 'written' | 'finished' | 'failed';

/** One export: the rows it claimed, the file it wrote. */
export interface ExportBatch {
  id: string;
  /** Order of the list. */
  seq: number;
  createdAt: Date;
  updatedAt: Date;
  state: BatchState;
  /** False for an export that marks nothing. */
  marks: boolean;
  days: number | null;
  /** Null when there was nothing to write. */
  fileName: string | null;
  rowCount: number;
  positiveCount: number;
  /** Rows older than the window that an outage had left behind. */
  leftBehindCount: number;
  byteCount: string;
  sha256: string | null;
  windowFrom: Date | null;
  windowTo: Date | null;
  finishedAt: Date | null;
  outcome: string | null;
  reason: string | null;
  workflowId: string | null;
  runId: string | null;
}

export const ExportBatchEntity = new EntitySchema<ExportBatch>({
  name: 'ExportBatch',
  tableName: 'export_batches',
  columns: {
    id: { ...uuid, primary: true },
    seq: { type: 'int', generated: 'increment' },
    createdAt: named('created_at', createdAt),
    updatedAt: named('updated_at', updatedAt),
    state: word,
    marks: flag,
    days: orNull({ type: 'int' }),
    fileName: named('file_name', orNull(word)),
    rowCount: named('row_count', count),
    positiveCount: named('positive_count', count),
    leftBehindCount: named('left_behind_count', count),
    byteCount: named('byte_count', { type: 'bigint', default: 0 }),
    sha256: orNull(word),
    windowFrom: named('window_from', orNull(moment)),
    windowTo: named('window_to', orNull(moment)),
    finishedAt: named('finished_at', orNull(moment)),
    outcome: orNull(word),
    reason: orNull(longText),
    workflowId: named('workflow_id', orNull(word)),
    runId: named('run_id', orNull(word)),
  },
  uniques: [
    { name: 'export_batches_seq_key', columns: ['seq'] },
    { name: 'export_batches_file_name_key', columns: ['fileName'] },
  ],
});

export type TrainingSetState = 'building' | 'uploaded' | 'tuning' | 'trained' | 'released';

/** The examples of one tuning: claimed for it, and released again when it comes to nothing. */
export interface TrainingSet {
  id: string;
  createdAt: Date;
  updatedAt: Date;
  state: TrainingSetState;
  baseModel: string;
  trainingUri: string | null;
  validationUri: string | null;
  trainingExamples: number;
  validationExamples: number;
  /** Counts by reason and SHA-256 of both parts; written last. */
  manifest: TrainingSetRecord | null;
  tuningJob: string | null;
  workflowId: string | null;
  runId: string | null;
}

export const TrainingSetEntity = new EntitySchema<TrainingSet>({
  name: 'TrainingSet',
  tableName: 'training_sets',
  columns: {
    id: { ...uuid, primary: true },
    createdAt: named('created_at', createdAt),
    updatedAt: named('updated_at', updatedAt),
    state: word,
    baseModel: named('base_model', word),
    trainingUri: named('training_uri', orNull(word)),
    validationUri: named('validation_uri', orNull(word)),
    trainingExamples: named('training_examples', count),
    validationExamples: named('validation_examples', count),
    manifest: orNull(json),
    tuningJob: named('tuning_job', orNull(word)),
    workflowId: named('workflow_id', orNull(word)),
    runId: named('run_id', orNull(word)),
  },
});
