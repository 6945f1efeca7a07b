import { EntitySchema } from 'typeorm';
import { longText, moment, named, orNull, uuid, word } from '../platform/postgres/columns.ts';
import type { PipelinePhase } from './messages.ts';

/** One run of the nightly pipeline, as `/api/v1/pipelines` shows it. */
export interface PipelineRun {
  /** The workflow's run id. */
  runId: string;
  seq: number;
  workflowId: string;
  startedAt: Date;
  endedAt: Date | null;
  phase: PipelinePhase;
  outcome: string | null;
  reason: string | null;
  batchId: string | null;
  trainingSetId: string | null;
  tuningJob: string | null;
  candidate: string | null;
}

export const PipelineRunEntity = new EntitySchema<PipelineRun>({
  name: 'PipelineRun',
  tableName: 'pipeline_runs',
  columns: {
    runId: named('run_id', { ...word, primary: true }),
    seq: { type: 'int', generated: 'increment' },
    workflowId: named('workflow_id', word),
    startedAt: named('started_at', { ...moment, default: () => 'now()' }),
    endedAt: named('ended_at', orNull(moment)),
    phase: word,
    outcome: orNull(word),
    reason: orNull(longText),
    batchId: named('batch_id', orNull(uuid)),
    trainingSetId: named('training_set_id', orNull(uuid)),
    tuningJob: named('tuning_job', orNull(word)),
    candidate: orNull(word),
  },
  uniques: [{ name: 'pipeline_runs_seq_key', columns: ['seq'] }],
});
