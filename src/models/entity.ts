import { EntitySchema } from 'typeorm';
import {
  count,
  createdAt,
  flag,
  id,
  json,
  longText,
  moment,
  named,
  orNull,
  updatedAt,
  uuid,
  word,
} from '../platform/postgres/columns.ts';

/** A model that can get traffic: a plain base, or one tuned from it. */
export interface ModelVersion {
  id: number;
  createdAt: Date;
  updatedAt: Date;
  deletedAt: Date | null;
  /** `gemini-3.5-flash-lite`, or `gemini-3.5-flash-lite-ft-001` for a tuned one. */
  versionName: string;
  baseModel: string;
  /** Full resource name of the tuning job; null for a plain base. */
  trainingJobId: string | null;
  /** Examples of the training part; 0 for a plain base. */
  trainingDataSize: number;
  isActive: boolean;
  /** Whole percent of the traffic; those of the active versions add up to 100. */
  trafficWeight: number;
  activatedAt: Date | null;
  deactivatedAt: Date | null;
  /** Where a tuned version is called; null for a plain base, or when the Go service left it unknown. */
  endpoint: string | null;
  /** The tuned model's resource name, needed to tune on from it. */
  tunedModel: string | null;
}

export const ModelVersionEntity = new EntitySchema<ModelVersion>({
  name: 'ModelVersion',
  tableName: 'model_versions',
  columns: {
    id,
    createdAt: named('created_at', createdAt),
    updatedAt: named('updated_at', updatedAt),
    deletedAt: named('deleted_at', orNull(moment)),
    versionName: named('version_name', word),
    baseModel: named('base_model', word),
    trainingJobId: named('training_job_id', orNull(word)),
    trainingDataSize: named('training_data_size', { type: 'int' }),
    isActive: named('is_active', flag),
    trafficWeight: named('traffic_weight', count),
    activatedAt: named('activated_at', orNull(moment)),
    deactivatedAt: named('deactivated_at', orNull(moment)),
    endpoint: orNull(word),
    tunedModel: named('tuned_model', orNull(word)),
  },
  uniques: [
    { name: 'model_versions_version_name_key', columns: ['versionName'] },
    { name: 'model_versions_training_job_id_key', columns: ['trainingJobId'] },
  ],
  checks: [{ name: 'model_versions_traffic_weight_check', expression: 'traffic_weight BETWEEN 0 AND 100' }],
});

export type TrafficSetter = 'install' | 'person' | 'rollout' | 'watch';

/** One change of the weights; the row of the highest generation is in force. Append-only. */
export interface TrafficChange {
  generation: string;
  changedAt: Date;
  setBy: TrafficSetter;
  rolloutId: string | null;
  /** Percent of the stage that the change belongs to. */
  rolloutStage: number | null;
  /** The rollout's candidate; its share is laid out first, so that raising it moves nobody back. */
  candidate: string | null;
  /** Salt of the split, the rollout's own, so that replicas and restarts agree. */
  salt: string;
  reason: string;
  /** Percent by version name; adds up to 100. */
  weights: Record<string, number>;
}

export const TrafficChangeEntity = new EntitySchema<TrafficChange>({
  name: 'TrafficChange',
  tableName: 'traffic_changes',
  columns: {
    generation: { type: 'bigint', primary: true },
    changedAt: named('changed_at', { ...moment, default: () => 'now()' }),
    setBy: named('set_by', word),
    rolloutId: named('rollout_id', orNull(uuid)),
    rolloutStage: named('rollout_stage', orNull({ type: 'int' })),
    candidate: orNull(word),
    salt: word,
    reason: longText,
    weights: json,
  },
});
