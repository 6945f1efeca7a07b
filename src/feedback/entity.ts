import { EntitySchema } from 'typeorm';
import type { RequestType } from '../assistant/request-types.ts';
import {
  createdAt,
  flag,
  id,
  longText,
  moment,
  named,
  orNull,
  updatedAt,
  uuid,
  word,
} from '../platform/postgres/columns.ts';

/** One rated answer. Carries no user id, address or session key: nothing here says who rated. */
export interface AIFeedback {
  id: number;
  createdAt: Date;
  updatedAt: Date;
  /** Set when the thumb was taken back. */
  deletedAt: Date | null;
  requestId: string;
  requestType: RequestType;
  prompt: string;
  response: string;
  isPositive: boolean;
  /** The registry's version name that got the traffic. */
  modelVersion: string;
  feedbackAt: Date;
  exported: boolean;
  exportedAt: Date | null;
  comment: string | null;
  /** The answer as the rater would have had it. */
  correction: string | null;
  /** A free label such as `beginner`; never an identity. */
  segment: string | null;
  promptVersion: string | null;
  /** What the provider said its model was. */
  providerModel: string | null;
  regeneratedFrom: string | null;
  servedAt: Date | null;
  /** Until then `regenerate` works from this row. */
  contextExpiresAt: Date | null;
  /** False for an answer that was cut off or came from another model than asked: never trained on. */
  trainable: boolean;
  /** The rollout and stage under which the answer was served; only rows that count for its gate carry them. */
  rolloutId: string | null;
  rolloutStage: number | null;
  /** The export that claimed the row; from then on it counts as exported. */
  batchId: string | null;
  trainingSetId: string | null;
}

/** Exported and liked, fit for training, and in no training set yet. */
export const UNTRAINED =
  'training_set_id IS NULL AND batch_id IS NOT NULL AND exported AND is_positive AND trainable AND deleted_at IS NULL';

export const AIFeedbackEntity = new EntitySchema<AIFeedback>({
  name: 'AIFeedback',
  tableName: 'ai_feedback',
  columns: {
    id,
    createdAt: named('created_at', createdAt),
    updatedAt: named('updated_at', updatedAt),
    deletedAt: named('deleted_at', orNull(moment)),
    requestId: named('request_id', word),
    requestType: named('request_type', word),
    prompt: longText,
    response: longText,
    isPositive: named('is_positive', { type: 'boolean' }),
    modelVersion: named('model_version', word),
    feedbackAt: named('feedback_at', moment),
    exported: flag,
    exportedAt: named('exported_at', orNull(moment)),
    comment: orNull(longText),
    correction: orNull(longText),
    segment: orNull(word),
    promptVersion: named('prompt_version', orNull(word)),
    providerModel: named('provider_model', orNull(word)),
    regeneratedFrom: named('regenerated_from', orNull(word)),
    servedAt: named('served_at', orNull(moment)),
    contextExpiresAt: named('context_expires_at', orNull(moment)),
    trainable: { type: 'boolean', default: true },
    rolloutId: named('rollout_id', orNull(uuid)),
    rolloutStage: named('rollout_stage', orNull({ type: 'int' })),
    batchId: named('batch_id', orNull(uuid)),
    trainingSetId: named('training_set_id', orNull(uuid)),
  },
  uniques: [{ name: 'ai_feedback_request_id_key', columns: ['requestId'] }],
  checks: [
    {
      name: 'ai_feedback_request_type_check',
      expression: `"request_type" IN ('hint','explain','tests','refactor_tips')`,
    },
  ],
  indices: [
    { name: 'idx_ai_feedback_exported', columns: ['exported'] },
    { name: 'idx_ai_feedback_deleted_at', columns: ['deletedAt'] },
    { name: 'idx_ai_feedback_feedback_at', columns: ['feedbackAt'] },
    { name: 'idx_ai_feedback_batch_id', columns: ['batchId', 'id'], where: 'batch_id IS NOT NULL' },
    {
      name: 'idx_ai_feedback_unclaimed',
      columns: ['id'],
      where: 'batch_id IS NULL AND NOT exported AND deleted_at IS NULL',
    },
    {
      name: 'idx_ai_feedback_untrained',
      columns: ['id'],
      where: UNTRAINED,
    },
    {
      name: 'idx_ai_feedback_training_set_id',
      columns: ['trainingSetId', 'id'],
      where: 'training_set_id IS NOT NULL',
    },
    {
      name: 'idx_ai_feedback_rollout',
      columns: ['rolloutId', 'rolloutStage', 'id'],
      where: 'rollout_id IS NOT NULL',
    },
  ],
});
