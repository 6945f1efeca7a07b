import { EntitySchema } from 'typeorm';
import {
  count,
  createdAt,
  json,
  longText,
  moment,
  named,
  orNull,
  updatedAt,
  uuid,
  word,
} from '../platform/postgres/columns.ts';

/** One rollout, waiting ones included. `plan` and `evidence` have the shapes of plan.ts and the gate. */
export interface RolloutRow {
  id: string;
  seq: number;
  createdAt: Date;
  updatedAt: Date;
  candidate: string;
  baseline: string | null;
  /** waiting, superseded, or the state machine's word. */
  state: string;
  stage: number | null;
  verdict: string | null;
  reason: string | null;
  outcome: string | null;
  /** What was asked for; filled up from the settings once, when the rollout opens. */
  input: object;
  plan: object | null;
  salt: string;
  /** Who ended it: hand, gate, timeout, cancel, overruled, watch. */
  endedBy: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  workflowId: string | null;
  /** First run of the chain. */
  runId: string | null;
}

export const RolloutEntity = new EntitySchema<RolloutRow>({
  name: 'Rollout',
  tableName: 'rollouts',
  columns: {
    id: { ...uuid, primary: true },
    seq: { type: 'int', generated: 'increment' },
    createdAt: named('created_at', createdAt),
    updatedAt: named('updated_at', updatedAt),
    candidate: word,
    baseline: orNull(word),
    state: word,
    stage: orNull({ type: 'int' }),
    verdict: orNull(word),
    reason: orNull(longText),
    outcome: orNull(word),
    input: json,
    plan: orNull(json),
    salt: word,
    endedBy: named('ended_by', orNull(word)),
    startedAt: named('started_at', orNull(moment)),
    endedAt: named('ended_at', orNull(moment)),
    workflowId: named('workflow_id', orNull(word)),
    runId: named('run_id', orNull(word)),
  },
  uniques: [
    { name: 'rollouts_seq_key', columns: ['seq'] },
    { name: 'rollouts_run_id_key', columns: ['runId'] },
  ],
});

/** A decision with its figures: who or what, when, why. `key` makes a repeated write harmless. */
export interface RolloutEvent {
  rolloutId: string;
  key: string;
  at: Date;
  /** hand, gate, timeout, cancel, overruled, watch */
  source: string;
  what: string;
  fromStage: number | null;
  toStage: number | null;
  verdict: string | null;
  reason: string | null;
  figures: object | null;
}

export const RolloutEventEntity = new EntitySchema<RolloutEvent>({
  name: 'RolloutEvent',
  tableName: 'rollout_events',
  columns: {
    rolloutId: named('rollout_id', { ...uuid, primary: true }),
    key: { ...word, primary: true },
    at: { ...moment, default: () => 'now()' },
    source: word,
    what: word,
    fromStage: named('from_stage', orNull({ type: 'int' })),
    toStage: named('to_stage', orNull({ type: 'int' })),
    verdict: orNull(word),
    reason: orNull(longText),
    figures: orNull(json),
  },
});

/** A closed stratum of thumbs: never changed again, so that the test over it stays valid. */
export interface RolloutStratum {
  rolloutId: string;
  stage: number;
  /** `thumbs` for Thumbwheel's own, else the source of a `metrics` signal. */
  source: string;
  seq: number;
  candidateRatings: number;
  candidatePositives: number;
  baselineRatings: number;
  baselinePositives: number;
  /** Last row of ai_feedback in it; null for a signal's. */
  lastFeedbackId: number | null;
  closedAt: Date;
}

export const RolloutStratumEntity = new EntitySchema<RolloutStratum>({
  name: 'RolloutStratum',
  tableName: 'rollout_strata',
  columns: {
    rolloutId: named('rollout_id', { ...uuid, primary: true }),
    stage: { type: 'int', primary: true },
    source: { ...word, primary: true },
    seq: { type: 'int', primary: true },
    candidateRatings: named('candidate_ratings', count),
    candidatePositives: named('candidate_positives', count),
    baselineRatings: named('baseline_ratings', count),
    baselinePositives: named('baseline_positives', count),
    lastFeedbackId: named('last_feedback_id', orNull({ type: 'int' })),
    closedAt: named('closed_at', { ...moment, default: () => 'now()' }),
  },
});
