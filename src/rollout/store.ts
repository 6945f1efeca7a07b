import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { In, IsNull, LessThan, Not } from 'typeorm';
import { RolloutEntity, type RolloutEvent, RolloutEventEntity, type RolloutRow } from './entity.ts';
import type { OpenedPlan } from './opened.ts';
import type { RolloutRecord } from './state.ts';
import { REFUSED_STATE, SUPERSEDED, WAITING } from './view.ts';

export interface WaitingRollout {
  readonly candidate: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface Opening {
  readonly id: string;
  readonly candidate: string;
  readonly baseline: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly plan: OpenedPlan;
  readonly workflowId: string;
  readonly runId: string;
}

/** What the list and the item show of a running rollout between two checks. */
export interface Progress {
  readonly state: string;
  readonly stage: number;
  readonly verdict: string;
  readonly reason: string;
}

export interface Closing extends Progress {
  readonly outcome: string;
  readonly endedBy: string;
}

/** A decision of the rollout's own, or of the watch that ended it. */
export interface StoredRecord extends Omit<RolloutRecord, 'source' | 'verdict'> {
  readonly source: RolloutRecord['source'] | 'watch';
  readonly verdict: string | null;
}

export interface Page {
  readonly limit: number;
  readonly beforeSeq: number | undefined;
}

export type RolloutStore = ReturnType<typeof createRolloutStore>;

/** Rollouts and their decisions in PostgreSQL. Every write can be repeated without harm. */
export function createRolloutStore({ db }: { db: DataSource }) {
  const rows = db.getRepository(RolloutEntity);
  const events = db.getRepository(RolloutEventEntity);
  return {
    find: (id: string): Promise<RolloutRow | null> => rows.findOneBy({ id }),
    findByRun: (runId: string): Promise<RolloutRow | null> => rows.findOneBy({ runId }),
    /** The rollout that has begun and not ended; null when none runs. */
    running: (): Promise<RolloutRow | null> =>
      rows.findOne({ where: { startedAt: Not(IsNull()), endedAt: IsNull() }, order: { seq: 'DESC' } }),
    newestWaiting: (): Promise<RolloutRow | null> =>
      rows.findOne({ where: { state: WAITING }, order: { seq: 'DESC' } }),
    lastEnded: (): Promise<RolloutRow | null> =>
      rows.findOne({ where: { endedAt: Not(IsNull()), outcome: Not(IsNull()) }, order: { endedAt: 'DESC' } }),
    /** Newest first, one more than the page holds, so that the caller sees whether there is another. */
    list: ({ limit, beforeSeq }: Page): Promise<RolloutRow[]> =>
      rows.find({
        where: beforeSeq === undefined ? {} : { seq: LessThan(beforeSeq) },
        order: { seq: 'DESC' },
        take: limit + 1,
      }),
    events: (ids: readonly string[]): Promise<RolloutEvent[]> =>
      events.find({ where: { rolloutId: In([...ids]) }, order: { at: 'ASC', key: 'ASC' } }),
    /** Makes a row that waits for its turn. */
    queue: async ({ candidate, input }: WaitingRollout): Promise<RolloutRow> => {
      const id = randomUUID();
      await rows.insert({ id, candidate, input, state: WAITING, salt: randomUUID() });
      return rows.findOneByOrFail({ id });
    },
    /** The newest is the one that waits: older ones make way for this one. */
    supersedeOlder: async ({ seq, candidate }: Pick<RolloutRow, 'seq' | 'candidate'>): Promise<void> => {
      await rows.update({ state: WAITING, seq: LessThan(seq) }, supersededBy(candidate));
    },
    /** Turns a waiting row into a running one, or makes it; older waiting rows are superseded. */
    open: (opening: Opening): Promise<RolloutRow> => open(db, opening),
    refuse: async (id: string, reason: string): Promise<void> => {
      await rows.update({ id, state: WAITING }, { state: REFUSED_STATE, reason, endedAt: () => 'now()' });
    },
    record: (id: string, records: readonly StoredRecord[]): Promise<void> => record(db, id, records),
    progress: async (id: string, progress: Progress): Promise<void> => {
      await rows.update({ id, endedAt: IsNull() }, { ...progress });
    },
    /** Ends a rollout; false when it had ended before. */
    close: async (id: string, closing: Closing): Promise<boolean> => {
      const { affected } = await rows.update(
        { id, endedAt: IsNull() },
        { ...closing, endedAt: () => 'now()' },
      );
      return affected === 1;
    },
  };
}

async function open(db: DataSource, opening: Opening): Promise<RolloutRow> {
  const { id, candidate, baseline, input, plan, workflowId, runId } = opening;
  return db.transaction(async (manager) => {
    const rows = manager.getRepository(RolloutEntity);
    const begun = {
      candidate,
      baseline,
      plan,
      workflowId,
      runId,
      state: 'starting',
      stage: plan.stages[0]?.percent ?? 100,
      startedAt: () => 'now()',
      endedAt: null,
    };
    // Also one that was refused because Temporal's answer to its start was lost.
    const { affected } = await rows.update({ id, startedAt: IsNull() }, begun);
    if (affected === 0) await rows.insert({ id, input, salt: randomUUID(), ...begun });
    const row = await rows.findOneByOrFail({ id });
    await rows.update({ state: WAITING, seq: LessThan(row.seq) }, supersededBy(candidate));
    return row;
  });
}

function supersededBy(candidate: string) {
  return {
    state: SUPERSEDED,
    reason: `superseded by the newer candidate ${candidate}`,
    endedAt: () => 'now()',
  };
}

async function record(db: DataSource, rolloutId: string, records: readonly StoredRecord[]): Promise<void> {
  if (records.length === 0) return;
  await db
    .createQueryBuilder()
    .insert()
    .into(RolloutEventEntity)
    .values(
      records.map(({ number, atMs, source, what, fromStage, toStage, verdict, reason, figures }) => ({
        rolloutId,
        key: String(number).padStart(6, '0'),
        at: new Date(atMs),
        source,
        what,
        fromStage,
        toStage,
        verdict,
        reason,
        figures,
      })),
    )
    .orIgnore()
    .execute();
}
