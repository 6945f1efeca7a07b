import { type DataSource, type EntityManager, In } from 'typeorm';
import { UNTRAINED } from '../feedback/entity.ts';
import type { LikedRow } from './batch-store.ts';
import { type TrainingSet, TrainingSetEntity } from './entity.ts';
import type { TrainingSetRecord } from './manifest.ts';
import { pages } from './pages.ts';

/** Rows of one statement: each stays far below the time limit of a statement. */
const CHUNK_ROWS = 10_000;

export interface ClaimTrainingSet {
  trainingSetId: string;
  baseModel: string;
  workflowId: string | null;
  runId: string | null;
}

export interface UploadedParts {
  trainingUri: string;
  validationUri: string | null;
  trainingExamples: number;
  validationExamples: number;
  manifest: TrainingSetRecord;
}

export type TrainingSetStore = ReturnType<typeof createTrainingSetStore>;

/** Training sets in PostgreSQL, and which rows belong to which. */
export function createTrainingSetStore({ db }: { db: DataSource }) {
  const sets = db.getRepository(TrainingSetEntity);
  return {
    find: (id: string): Promise<TrainingSet | null> => sets.findOneBy({ id }),
    /** Claims what is untrained, or gives what the same id has claimed before; null when nothing is untrained. */
    claim: (request: ClaimTrainingSet, onChunk: () => void): Promise<TrainingSet | null> =>
      db.transaction((manager) => claim(manager, request, onChunk)),
    /** The rows of a set in the order of their ids. */
    rows: (id: string): AsyncGenerator<LikedRow[]> =>
      pages(
        ({ afterId, limit }) =>
          db.query<LikedRow[]>(
            `SELECT id, prompt, response AS answer FROM ai_feedback
             WHERE training_set_id = $1 AND deleted_at IS NULL AND id > $2 ORDER BY id LIMIT $3`,
            [id, afterId, limit],
          ),
        (row) => row.prompt.length + row.answer.length,
      ),
    countRows: (id: string): Promise<number> =>
      count(db.manager, 'training_set_id = $1 AND deleted_at IS NULL', [id]),
    countUntrained: (): Promise<number> => count(db.manager, UNTRAINED, []),
    /** What tuning notes on the set it works from; the same again changes nothing, nor does a set that was released. */
    markTuning: async (id: string, tuningJob: string): Promise<'noted' | 'released'> => {
      await sets.update({ id, state: In(['uploaded', 'tuning']) }, { state: 'tuning', tuningJob });
      return (await sets.findOneBy({ id }))?.state === 'released' ? 'released' : 'noted';
    },
    /** From here on its examples count as trained on. */
    markTrained: async (id: string): Promise<void> => {
      await sets.update({ id, state: In(['uploaded', 'tuning']) }, { state: 'trained' });
    },
    /** False when the set was released meanwhile: nobody may train on it. */
    markUploaded: (id: string, parts: UploadedParts): Promise<boolean> =>
      db.transaction((manager) => markUploaded(manager, id, parts)),
    /** Neither trained on nor released yet. */
    unfinished: (): Promise<TrainingSet[]> => sets.findBy({ state: In(['building', 'uploaded', 'tuning']) }),
    /** Frees the rows above an id, which the set's file has no room for. */
    freeRowsAfter: (id: string, lastId: number): Promise<void> =>
      db.transaction((manager) => freeRows(manager, id, lastId)),
    /** Frees all rows of a set; a set that a model was trained on stays as it is. */
    release: (id: string, why: TrainingSetRecord): Promise<boolean> =>
      db.transaction((manager) => release(manager, id, why)),
  };
}

async function claim(
  manager: EntityManager,
  { trainingSetId, ...set }: ClaimTrainingSet,
  onChunk: () => void,
): Promise<TrainingSet | null> {
  const sets = manager.getRepository(TrainingSetEntity);
  const isNew = await insertOnce(manager, { id: trainingSetId, state: 'building', ...set });
  if (!isNew) return sets.findOneByOrFail({ id: trainingSetId });
  if ((await takeRows(manager, trainingSetId, onChunk)) > 0)
    return sets.findOneByOrFail({ id: trainingSetId });
  await sets.delete({ id: trainingSetId });
  return null;
}

/** False when the set is there already; waits for one that is just being made. */
async function insertOnce(
  manager: EntityManager,
  set: Pick<TrainingSet, 'id' | 'state' | 'baseModel'>,
): Promise<boolean> {
  const { raw } = await manager
    .createQueryBuilder()
    .insert()
    .into(TrainingSetEntity)
    .values(set)
    .orIgnore()
    .returning('id')
    .execute();
  return Array.isArray(raw) && raw.length > 0;
}

async function takeRows(manager: EntityManager, id: string, onChunk: () => void): Promise<number> {
  let taken = 0;
  let afterId = 0;
  for (;;) {
    const [chunk] = await manager.query<{ rows: number; last: number | null }[]>(
      `WITH free AS (
         SELECT id FROM ai_feedback WHERE ${UNTRAINED} AND id > $2 ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE ai_feedback SET training_set_id = $1 FROM free WHERE ai_feedback.id = free.id RETURNING ai_feedback.id
       )
       SELECT count(*)::int AS rows, max(id) AS last FROM taken`,
      [id, afterId, CHUNK_ROWS],
    );
    onChunk();
    if (!chunk || chunk.last === null) return taken;
    taken += chunk.rows;
    afterId = chunk.last;
  }
}

async function markUploaded(manager: EntityManager, id: string, parts: UploadedParts): Promise<boolean> {
  const set = await lockSet(manager, id);
  if (set?.state !== 'building' && set?.state !== 'uploaded') return false;
  await manager.getRepository(TrainingSetEntity).save({ id, ...parts, state: 'uploaded' });
  return true;
}

function lockSet(manager: EntityManager, id: string): Promise<TrainingSet | null> {
  return manager
    .getRepository(TrainingSetEntity)
    .findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
}

async function release(manager: EntityManager, id: string, why: TrainingSetRecord): Promise<boolean> {
  const sets = manager.getRepository(TrainingSetEntity);
  // A claim that was given up may still be under way somewhere: it finds this row and takes nothing.
  if (await insertOnce(manager, { id, state: 'released', baseModel: 'none' })) return false;
  const set = await lockSet(manager, id);
  if (!set || set.state === 'trained' || set.state === 'released') return false;
  await freeRows(manager, id, 0);
  await sets.save({ id, state: 'released', manifest: { ...set.manifest, ...why } });
  return true;
}

async function freeRows(manager: EntityManager, id: string, afterId: number): Promise<void> {
  let freed = CHUNK_ROWS;
  while (freed === CHUNK_ROWS) {
    const [, changed] = await manager.query<[unknown[], number]>(
      `UPDATE ai_feedback SET training_set_id = NULL WHERE id IN (
         SELECT id FROM ai_feedback WHERE training_set_id = $1 AND id > $2 LIMIT $3)`,
      [id, afterId, CHUNK_ROWS],
    );
    freed = changed;
  }
}

async function count(manager: EntityManager, where: string, values: unknown[]): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM ai_feedback WHERE ${where}`,
    values,
  );
  return row?.count ?? 0;
}
