import type { DataSource } from 'typeorm';
import type { RequestContext } from '../assistant/context.ts';
import type { RatedAnswer } from '../assistant/regenerate.ts';
import type { AIFeedback } from './entity.ts';
import { AIFeedbackEntity } from './entity.ts';
import type { EarlierThumb, Thumb } from './thumb.ts';

/** Where and when the thumb of a stored row counts; never the texts. */
export interface CountedThumb extends EarlierThumb {
  requestType: AIFeedback['requestType'];
  modelVersion: string;
  feedbackAt: Date;
}

export interface NewFeedback {
  context: RequestContext;
  thumb: Thumb;
  /** The rollout stage it counts for; undefined keeps it out of every gate. */
  gate: RequestContext['gate'];
  contextExpiresAt: Date;
}

/** Withdrawn thumbs count nowhere; rows that an export claimed are not unexported. */
export interface FeedbackCounts {
  total: number;
  positive: number;
  unexported: number;
}

export type FeedbackStore = ReturnType<typeof createFeedbackStore>;

/** Thumbs in PostgreSQL. Each write is one statement, so what it answers is committed. */
export function createFeedbackStore({ db }: { db: DataSource }) {
  const rows = db.getRepository(AIFeedbackEntity);
  return {
    /** Answers when it was stored, or undefined when the request id has a row already. */
    insert: (feedback: NewFeedback): Promise<Date | undefined> => insert(db, feedback),
    find: async (requestId: string): Promise<CountedThumb | undefined> =>
      (await rows.findOne({ select: COUNTED, where: { requestId } })) ?? undefined,
    /** Changes the row if its thumb is still the one that was seen, and may still be changed. */
    change: (requestId: string, seen: EarlierThumb, thumb: Thumb): Promise<'changed' | 'moved'> =>
      change({ db, requestId, seen, thumb }),
    /** Takes the thumb back; answers what it was, or undefined when that was done before. */
    withdraw: (requestId: string): Promise<Pick<EarlierThumb, 'isPositive'> | undefined> =>
      withdraw(db, requestId),
    findRated: async (requestId: string): Promise<RatedAnswer | undefined> => {
      const row = await rows.findOne({ select: RATED, where: { requestId } });
      if (!row) return undefined;
      const { requestType, prompt, segment, promptVersion, contextExpiresAt } = row;
      const deleted = row.deletedAt !== null;
      return { requestType, prompt, segment, promptVersion, contextExpiresAt, deleted };
    },
    count: (): Promise<FeedbackCounts> => count(db),
  };
}

const COUNTED = {
  requestType: true,
  modelVersion: true,
  feedbackAt: true,
  isPositive: true,
  comment: true,
  correction: true,
  deletedAt: true,
  exported: true,
  batchId: true,
} as const;

const RATED = {
  requestType: true,
  prompt: true,
  segment: true,
  promptVersion: true,
  contextExpiresAt: true,
  deletedAt: true,
} as const;

const INSERT = `
  INSERT INTO ai_feedback (
    request_id, request_type, prompt, response, model_version, prompt_version, provider_model, segment,
    regenerated_from, served_at, context_expires_at, trainable, rollout_id, rollout_stage,
    is_positive, comment, correction, feedback_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, now())
  ON CONFLICT (request_id) DO NOTHING
  RETURNING feedback_at`;

async function insert(
  db: DataSource,
  { context, thumb, gate, contextExpiresAt }: NewFeedback,
): Promise<Date | undefined> {
  const inserted: { feedback_at: Date }[] = await db.query(INSERT, [
    context.requestId,
    context.requestType,
    context.prompt,
    context.response,
    context.modelVersion,
    context.promptVersion,
    context.providerModel,
    context.segment,
    context.regeneratedFrom,
    new Date(context.timestamp),
    contextExpiresAt,
    context.trainable,
    gate?.rolloutId,
    gate?.stage,
    thumb.isPositive,
    thumb.comment,
    thumb.correction,
  ]);
  return inserted[0]?.feedback_at;
}

// The condition is the rule of thumb.ts once more: an export may claim the row between look and change.
const CHANGE = `
  UPDATE ai_feedback SET
    is_positive = $3, comment = COALESCE($4, comment), correction = COALESCE($5, correction), updated_at = now()
  WHERE request_id = $1 AND deleted_at IS NULL AND is_positive = $2
    AND (is_positive = $3 OR (batch_id IS NULL AND NOT exported))`;

async function change({
  db,
  requestId,
  seen,
  thumb,
}: {
  db: DataSource;
  requestId: string;
  seen: EarlierThumb;
  thumb: Thumb;
}): Promise<'changed' | 'moved'> {
  const { isPositive, comment, correction } = thumb;
  const [, changed]: [unknown, number] = await db.query(CHANGE, [
    requestId,
    seen.isPositive,
    isPositive,
    comment,
    correction,
  ]);
  return changed > 0 ? 'changed' : 'moved';
}

async function withdraw(
  db: DataSource,
  requestId: string,
): Promise<Pick<EarlierThumb, 'isPositive'> | undefined> {
  const [withdrawn]: [{ isPositive: boolean }[], number] = await db.query(
    `UPDATE ai_feedback SET deleted_at = now(), updated_at = now() WHERE request_id = $1 AND deleted_at IS NULL
     RETURNING is_positive AS "isPositive"`,
    [requestId],
  );
  return withdrawn[0];
}

async function count(db: DataSource): Promise<FeedbackCounts> {
  const counted: FeedbackCounts[] = await db.query(
    `SELECT count(*)::int AS total, (count(*) FILTER (WHERE is_positive))::int AS positive,
       (count(*) FILTER (WHERE batch_id IS NULL AND NOT exported))::int AS unexported
     FROM ai_feedback WHERE deleted_at IS NULL`,
  );
  return counted[0] ?? { total: 0, positive: 0, unexported: 0 };
}
