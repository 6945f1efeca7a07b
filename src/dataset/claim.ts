import type { DataSource, EntityManager } from 'typeorm';
import type { ExportBatch } from './entity.ts';
import { ExportBatchEntity } from './entity.ts';
import { exportFileName } from './file-name.ts';
import type { ExportBatchInput } from './messages.ts';

/** One claim at a time, so that a file name is taken once and no two claims wait for each other's rows. */
const CLAIM_LOCK = 7_487_002;
/** Rows of one statement: each stays far below the time limit of a statement. */
const CHUNK_ROWS = 10_000;
/** The nightly window of the first description; what is older was left behind by an outage. */
const WINDOW_DAYS = 7;
const DAY_MS = 24 * 3600 * 1000;

export interface ClaimRequest extends ExportBatchInput {
  workflowId: string | null;
  runId: string | null;
}

export interface ClaimDeps {
  db: DataSource;
  /** True when the export folder holds a file of that name. */
  fileExists: (fileName: string) => Promise<boolean>;
  onChunk: () => void;
}

interface Taken {
  rows: number;
  positives: number;
  leftBehind: number;
}

/**
 * Takes the rows of a batch in one transaction, or gives the batch that the same id has taken before.
 * Rows that another session holds at this moment are left to the next batch.
 */
export function claimBatch(deps: ClaimDeps, request: ClaimRequest): Promise<ExportBatch> {
  return deps.db.transaction(async (manager) => {
    await lockClaims(manager);
    const batches = manager.getRepository(ExportBatchEntity);
    const earlier = await batches.findOneBy({ id: request.batchId });
    if (earlier) return earlier;
    const now = await databaseTime(manager);
    const from = request.days === undefined ? null : new Date(now.getTime() - request.days * DAY_MS);
    const taken =
      request.mark === false
        ? await countWindow(manager, from, now)
        : await takeUnexportedFeedback(manager, { deps, request, from, now });
    const fileName = taken.positives > 0 ? await freeFileName(manager, deps, now) : null;
    await batches.insert({ ...newBatch(request, taken), fileName, windowFrom: from, windowTo: now });
    return batches.findOneByOrFail({ id: request.batchId });
  });
}

/** Waits until no other claim is under way, and keeps others out until the transaction ends. */
export async function lockClaims(manager: EntityManager): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock($1)', [CLAIM_LOCK]);
}

function newBatch(request: ClaimRequest, { rows, positives, leftBehind }: Taken) {
  const nothing = rows === 0;
  return {
    id: request.batchId,
    state: nothing ? ('finished' as const) : ('claimed' as const),
    marks: request.mark !== false,
    days: request.days ?? null,
    rowCount: rows,
    positiveCount: positives,
    leftBehindCount: leftBehind,
    outcome: nothing ? 'nothing_to_export' : null,
    finishedAt: nothing ? new Date() : null,
    workflowId: request.workflowId,
    runId: request.runId,
  };
}

async function databaseTime(manager: EntityManager): Promise<Date> {
  const [row] = await manager.query<{ now: Date }[]>('SELECT now()');
  return row?.now ?? new Date();
}

async function countWindow(manager: EntityManager, from: Date | null, to: Date): Promise<Taken> {
  const [row] = await manager.query<{ positives: number }[]>(
    `SELECT count(*)::int AS positives FROM ai_feedback
     WHERE is_positive AND deleted_at IS NULL AND feedback_at <= $2 AND ($1::timestamptz IS NULL OR feedback_at >= $1)`,
    [from, to],
  );
  const positives = row?.positives ?? 0;
  return { rows: positives, positives, leftBehind: 0 };
}

interface Taking {
  deps: ClaimDeps;
  request: ClaimRequest;
  from: Date | null;
  now: Date;
}

async function takeUnexportedFeedback(
  manager: EntityManager,
  { deps, request, from, now }: Taking,
): Promise<Taken> {
  const windowStart = new Date(now.getTime() - WINDOW_DAYS * DAY_MS);
  const taken: Taken = { rows: 0, positives: 0, leftBehind: 0 };
  let afterId = 0;
  for (;;) {
    const [chunk] = await manager.query<(Taken & { last: number | null })[]>(TAKE_CHUNK, [
      request.batchId,
      afterId,
      from,
      windowStart,
      CHUNK_ROWS,
    ]);
    deps.onChunk();
    if (!chunk || chunk.last === null) break;
    taken.rows += chunk.rows;
    taken.positives += chunk.positives;
    // A window of days that was asked for leaves nothing behind.
    taken.leftBehind += request.days === undefined ? chunk.leftBehind : 0;
    afterId = chunk.last;
  }
  return taken;
}

const TAKE_CHUNK = `
  WITH free AS (
    SELECT id FROM ai_feedback
    WHERE batch_id IS NULL AND NOT exported AND deleted_at IS NULL AND id > $2
      AND ($3::timestamptz IS NULL OR feedback_at >= $3)
    ORDER BY id LIMIT $5 FOR UPDATE SKIP LOCKED
  ), taken AS (
    UPDATE ai_feedback SET batch_id = $1 FROM free WHERE ai_feedback.id = free.id
    RETURNING ai_feedback.id, is_positive, feedback_at
  )
  SELECT count(*)::int AS rows, count(*) FILTER (WHERE is_positive)::int AS positives,
    count(*) FILTER (WHERE feedback_at < $4)::int AS "leftBehind", max(id) AS last
  FROM taken`;

/** The second of the claim, or the next one that neither the table nor the folder knows. */
async function freeFileName(manager: EntityManager, deps: ClaimDeps, from: Date): Promise<string> {
  for (let at = from.getTime(); ; at += 1000) {
    const name = exportFileName(new Date(at));
    const known = await manager.getRepository(ExportBatchEntity).existsBy({ fileName: name });
    if (!known && !(await deps.fileExists(name))) return name;
  }
}
