import type { DataSource, EntityManager } from 'typeorm';
import { In, LessThan } from 'typeorm';
import { type ClaimDeps, type ClaimRequest, claimBatch, lockClaims } from './claim.ts';
import type { ExportBatch } from './entity.ts';
import { ExportBatchEntity } from './entity.ts';
import type { Example } from './example.ts';
import type { WrittenFile } from './line-file-store.ts';
import { pages, type ReadPage } from './pages.ts';

/** A liked answer as it lies in the database. */
export interface LikedRow extends Example {
  id: number;
}

/**
 * `written`: the file lies at its place, or another attempt put it there. `changed`: a thumb was taken back
 * meanwhile, the file has to be written anew. `released`: the batch was given up.
 */
export type CommitOutcome = 'written' | 'changed' | 'released';

export type BatchStore = ReturnType<typeof createBatchStore>;

/** Export batches in PostgreSQL: each step is one transaction, and each may be repeated. */
export function createBatchStore({ db }: { db: DataSource }) {
  const batches = db.getRepository(ExportBatchEntity);
  return {
    claim: (request: ClaimRequest, hooks: Omit<ClaimDeps, 'db'>): Promise<ExportBatch> =>
      claimBatch({ db, ...hooks }, request),
    get: (id: string): Promise<ExportBatch> => batches.findOneByOrFail({ id }),
    find: (id: string): Promise<ExportBatch | null> => batches.findOneBy({ id }),
    /** Newest first; `beforeSeq` is the cursor. */
    list: ({ limit, beforeSeq }: { limit: number; beforeSeq?: number | undefined }): Promise<ExportBatch[]> =>
      batches.find({
        where: beforeSeq === undefined ? {} : { seq: LessThan(beforeSeq) },
        order: { seq: 'DESC' },
        take: limit,
      }),
    /** Claimed or written, and not at its end yet. */
    unfinished: (): Promise<ExportBatch[]> => batches.findBy({ state: In(['claimed', 'written']) }),
    /** The rows of the batch's file, in the order of their ids. */
    likedRows: (batch: ExportBatch): AsyncGenerator<LikedRow[]> =>
      pages(likedPage(db, batch), (row) => row.prompt.length + row.answer.length),
    commitFile: (id: string, file: WrittenFile, place: () => Promise<void>): Promise<CommitOutcome> =>
      db.transaction((manager) => commitFile(manager, { id, file, place })),
    markAsExported: (id: string, onChunk: () => void): Promise<ExportBatch> =>
      db.transaction((manager) => markAsExported(manager, id, onChunk)),
    /** Gives the rows of an unfinished batch back. Null when there was nothing to give back. */
    release: (id: string, reason: string): Promise<ExportBatch | null> =>
      db.transaction((manager) => release(manager, id, reason)),
  };
}

/** The liked rows of a batch: those it claimed, or for one that marks nothing those of its window. */
const OF_BATCH = 'batch_id = $1 AND is_positive AND deleted_at IS NULL';
const OF_WINDOW =
  'is_positive AND deleted_at IS NULL AND feedback_at <= $2 AND ($1::timestamptz IS NULL OR feedback_at >= $1)';

function likedRowsOf({ id, marks, windowFrom, windowTo }: ExportBatch): { where: string; values: unknown[] } {
  return marks ? { where: OF_BATCH, values: [id] } : { where: OF_WINDOW, values: [windowFrom, windowTo] };
}

function likedPage(db: DataSource, batch: ExportBatch): ReadPage<LikedRow> {
  const { where, values } = likedRowsOf(batch);
  const next = values.length + 1;
  const sql = `SELECT id, prompt, response AS answer FROM ai_feedback
    WHERE ${where} AND id > $${next} ORDER BY id LIMIT $${next + 1}`;
  return ({ afterId, limit }) => db.query<LikedRow[]>(sql, [...values, afterId, limit]);
}

interface Commit {
  id: string;
  file: WrittenFile;
  place: () => Promise<void>;
}

/** The file is put at its place under the batch's lock: no attempt that was given up can still do it. */
async function commitFile(manager: EntityManager, { id, file, place }: Commit): Promise<CommitOutcome> {
  const batch = await lockBatch(manager, id);
  if (!batch || batch.state === 'failed') return 'released';
  if (batch.state !== 'claimed') return 'written';
  if ((await countLiked(manager, batch)) < file.lines) return 'changed';
  if (file.lines > 0) await place();
  await manager.getRepository(ExportBatchEntity).update(id, {
    state: 'written',
    positiveCount: file.lines,
    byteCount: String(file.bytes),
    sha256: file.lines > 0 ? file.sha256 : null,
    ...(file.lines > 0 ? {} : { fileName: null }),
    ...(batch.marks ? {} : { rowCount: file.lines }),
  });
  return 'written';
}

async function countLiked(manager: EntityManager, batch: ExportBatch): Promise<number> {
  const { where, values } = likedRowsOf(batch);
  const [row] = await manager.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM ai_feedback WHERE ${where}`,
    values,
  );
  return row?.count ?? 0;
}

async function markAsExported(manager: EntityManager, id: string, onChunk: () => void): Promise<ExportBatch> {
  const batches = manager.getRepository(ExportBatchEntity);
  const batch = await lockBatch(manager, id);
  if (batch?.state === 'written') {
    if (batch.marks)
      await eachChunk(manager, {
        id,
        set: 'exported = TRUE, exported_at = now(), updated_at = now()',
        onChunk,
      });
    await batches.update(id, { state: 'finished', outcome: 'exported', finishedAt: () => 'now()' });
  }
  return batches.findOneByOrFail({ id });
}

async function release(manager: EntityManager, id: string, reason: string): Promise<ExportBatch | null> {
  await lockClaims(manager);
  const batches = manager.getRepository(ExportBatchEntity);
  const batch = await lockBatch(manager, id);
  // A claim that was given up may still be under way somewhere: it finds this row and takes nothing.
  if (!batch) await batches.insert({ id, state: 'failed', outcome: 'failed', reason });
  if (batch?.state !== 'claimed') return null;
  if (batch.marks) await eachChunk(manager, { id, set: 'batch_id = NULL', onChunk: () => undefined });
  await batches.update(id, { state: 'failed', outcome: 'failed', reason });
  return batch;
}

function lockBatch(manager: EntityManager, id: string): Promise<ExportBatch | null> {
  return manager
    .getRepository(ExportBatchEntity)
    .findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
}

const CHUNK_ROWS = 10_000;

/** Changes all rows of a batch, some at a time, so that no statement runs into its time limit. */
async function eachChunk(
  manager: EntityManager,
  { id, set, onChunk }: { id: string; set: string; onChunk: () => void },
): Promise<void> {
  let afterId: number | null = 0;
  while (afterId !== null) {
    const [chunk]: { last: number | null }[] = await manager.query(
      `WITH part AS (SELECT id FROM ai_feedback WHERE batch_id = $1 AND id > $2 ORDER BY id LIMIT $3),
         done AS (UPDATE ai_feedback SET ${set} FROM part WHERE ai_feedback.id = part.id RETURNING ai_feedback.id)
       SELECT max(id) AS last FROM done`,
      [id, afterId, CHUNK_ROWS],
    );
    onChunk();
    afterId = chunk?.last ?? null;
  }
}
