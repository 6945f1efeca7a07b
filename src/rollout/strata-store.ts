import type { DataSource } from 'typeorm';
import { RolloutStratumEntity } from './entity.ts';
import type { NumberedStratum } from './ledger.ts';
import type { Table } from './statistics.ts';
import { closeStrata, type Rating } from './strata.ts';

/** Where strata come from: Thumbwheel's own thumbs, or pairs of `metrics` samples. */
const THUMBS = 'thumbs';
const SIGNALS = 'signal';

interface StageKey {
  readonly rolloutId: string;
  /** The stage's percentage. */
  readonly stage: number;
}

interface StageArms extends StageKey {
  readonly candidate: string;
  readonly baseline: string;
}

interface StoredRating extends Rating {
  readonly id: number;
}

export type StrataStore = ReturnType<typeof createStrataStore>;

/** Closed strata. What is stored is the truth: a check that is run again counts the same tables. */
export function createStrataStore({ db }: { db: DataSource }) {
  return {
    /** Closes what is full in `ai_feedback`, then gives the stage's strata after the first `counted`. */
    closeThumbs: async (arms: StageArms, counted: number): Promise<Table[]> => {
      await closeFull(db, arms);
      return tablesAfter(db, { ...arms, source: THUMBS, seq: counted });
    },
    /** Keeps the strata that signals brought; repeated ones change nothing. */
    keepSignals: async (key: StageKey, strata: readonly NumberedStratum[]): Promise<void> => {
      const kept = strata.map(({ number, thumbs }) =>
        rowOf(key, { source: SIGNALS, seq: number, table: thumbs }),
      );
      await insert(db, kept);
    },
  };
}

/** Ratings of one stage are few between two checks; more are left for the next one. */
const MOST_RATINGS = 20_000;

async function closeFull(db: DataSource, arms: StageArms): Promise<void> {
  const last = await lastStratum(db, arms);
  const { ratings, nowMs } = await readRatings(db, arms, last.lastFeedbackId);
  const { strata } = closeStrata(ratings, nowMs);
  const rows = strata.map((stratum, i) => ({
    ...rowOf(arms, { source: THUMBS, seq: last.seq + i + 1, table: stratum.table }),
    lastFeedbackId: stratum.ratings.at(-1)?.id ?? null,
  }));
  await insert(db, rows);
}

async function lastStratum(
  db: DataSource,
  { rolloutId, stage }: StageKey,
): Promise<{ seq: number; lastFeedbackId: number }> {
  const [last] = await db.getRepository(RolloutStratumEntity).find({
    where: { rolloutId, stage, source: THUMBS },
    order: { seq: 'DESC' },
    take: 1,
  });
  return { seq: last?.seq ?? 0, lastFeedbackId: last?.lastFeedbackId ?? 0 };
}

/**
 * Ratings in order of arrival, up to the first that is not settled. A serial id can be taken before
 * and committed after a higher one; below the oldest running transaction, and a second old, no lower
 * id can still appear.
 */
const RATINGS_SQL = `
  SELECT id, model_version = $3 AS of_candidate, is_positive, extract(epoch FROM feedback_at) * 1000 AS arrived_at_ms,
         extract(epoch FROM now()) * 1000 AS now_ms,
         age(xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid) AND created_at < now() - interval '1 second' AS settled
  FROM ai_feedback
  WHERE rollout_id = $1 AND rollout_stage = $2 AND model_version IN ($3, $4) AND id > $5 AND deleted_at IS NULL
  ORDER BY id LIMIT ${MOST_RATINGS}`;

interface RatingRow {
  id: number;
  of_candidate: boolean;
  is_positive: boolean;
  arrived_at_ms: string;
  now_ms: string;
  settled: boolean;
}

async function readRatings(
  db: DataSource,
  { rolloutId, stage, candidate, baseline }: StageArms,
  afterId: number,
): Promise<{ ratings: StoredRating[]; nowMs: number }> {
  const parameters = [rolloutId, stage, candidate, baseline, afterId];
  const rows: RatingRow[] = await db.query(RATINGS_SQL, parameters);
  const unsettled = rows.findIndex((row) => !row.settled);
  const settled = unsettled === -1 ? rows : rows.slice(0, unsettled);
  const ratings = settled.map((row) => ({
    id: row.id,
    arm: row.of_candidate ? ('candidate' as const) : ('baseline' as const),
    positive: row.is_positive,
    arrivedAtMs: Number(row.arrived_at_ms),
  }));
  return { ratings, nowMs: Number(rows[0]?.now_ms ?? 0) };
}

async function tablesAfter(
  db: DataSource,
  { rolloutId, stage, source, seq }: StageKey & { source: string; seq: number },
): Promise<Table[]> {
  const rows = await db.getRepository(RolloutStratumEntity).find({
    where: { rolloutId, stage, source },
    order: { seq: 'ASC' },
    skip: seq,
  });
  return rows.map((row) => ({
    nCandidate: row.candidateRatings,
    nBaseline: row.baselineRatings,
    xCandidate: row.candidatePositives,
    xBaseline: row.baselinePositives,
  }));
}

function rowOf({ rolloutId, stage }: StageKey, of: { source: string; seq: number; table: Table }) {
  return {
    rolloutId,
    stage,
    source: of.source,
    seq: of.seq,
    candidateRatings: of.table.nCandidate,
    candidatePositives: of.table.xCandidate,
    baselineRatings: of.table.nBaseline,
    baselinePositives: of.table.xBaseline,
  };
}

/** A stratum that is there stays as it is: two checks at once, or one run again, close it once. */
async function insert(db: DataSource, rows: ReturnType<typeof rowOf>[]): Promise<void> {
  if (rows.length === 0) return;
  await db.createQueryBuilder().insert().into(RolloutStratumEntity).values(rows).orIgnore().execute();
}
