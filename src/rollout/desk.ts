import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Registry } from '../models/registry.ts';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import type { RolloutRow } from './entity.ts';
import { itemOf, type RolloutItem } from './item.ts';
import type { SteerInput } from './messages.ts';
import { sentence } from './narrate.ts';
import type { CommandName } from './steer.ts';
import type { Steering } from './steering.ts';
import type { RolloutStore } from './store.ts';
import { type RolloutView, WAITING } from './view.ts';

export interface DeskDeps {
  store: RolloutStore;
  registry: Pick<Registry, 'find' | 'getActiveModel'>;
  steering: Steering;
  links: WebUiLinks;
  log: Log;
}

/** A rollout that a person asks for, as its workflow will read it. */
export interface AskedRollout {
  readonly candidate: string;
  readonly baseline?: string | undefined;
  readonly input: Readonly<Record<string, unknown>>;
}

export type RolloutDesk = ReturnType<typeof createRolloutDesk>;

/** What people do with rollouts: ask for one, look, steer. */
export function createRolloutDesk(deps: DeskDeps) {
  const { store, steering, links, log } = deps;

  /** `current` is the running one. @throws AppError `not_found` */
  async function rowOf(id: string): Promise<RolloutRow> {
    const row = id === 'current' ? await store.running() : await byId(id);
    if (row !== null) return row;
    throw new AppError(
      'not_found',
      id === 'current' ? 'No rollout is running' : `No rollout has the id ${id}`,
    );
  }

  async function byId(id: string): Promise<RolloutRow | null> {
    return z.uuid().safeParse(id).success ? store.find(id) : null;
  }

  async function show(row: RolloutRow, live?: RolloutView): Promise<RolloutItem> {
    return itemOf({ row, events: await store.events([row.id]), live, links });
  }

  /** While it runs, what its workflow says is newer than the row; without Temporal the row must do. */
  async function liveOf(row: RolloutRow): Promise<RolloutView | undefined> {
    if (!isRunning(row)) return undefined;
    const live = await steering.state().catch(() => undefined);
    return live !== undefined && 'rolloutId' in live && live.rolloutId === row.id ? live : undefined;
  }

  /** Commands go to the one running workflow: only its own row may send them. */
  async function runningRow(id: string): Promise<RolloutRow> {
    const row = await rowOf(id);
    if (isRunning(row)) return row;
    if (row.state === WAITING) {
      throw new AppError('stale', `The rollout ${row.id} waits for its turn and can't be steered before`);
    }
    throw new AppError('rollout_ended', `The rollout ${row.id} has ended: ${row.outcome ?? row.state}`);
  }

  /**
   * Looks before it sends: without a worker nothing is sent that would be obeyed once one is back. A `promote` is for
   * the stage that was seen, so that one that is sent again goes no stage further.
   * @throws AppError `temporal_unavailable` when nobody answers for the rollout
   */
  async function pinned(command: CommandName, input: SteerInput): Promise<SteerInput> {
    const seen = await steering.state();
    const isOpen = 'rolloutId' in seen;
    return command === 'promote' && isOpen ? { expectedStage: seen.stage, ...input } : input;
  }

  return {
    list: async (page: { limit: number; beforeSeq: number | undefined }) => {
      const rows = await store.list(page);
      const shown = rows.slice(0, page.limit);
      const events = await store.events(shown.map(({ id }) => id));
      const running = shown.find(isRunning);
      const live = running && (await liveOf(running));
      const items = shown.map((row) =>
        itemOf({ row, events, live: row === running ? live : undefined, links }),
      );
      return { items, nextSeq: rows.length > page.limit ? shown.at(-1)?.seq : undefined };
    },

    get: async (id: string): Promise<RolloutItem> => {
      const row = await rowOf(id);
      return show(row, await liveOf(row));
    },

    /**
     * Queues the candidate and starts its workflow; where one runs, it waits for its turn.
     * @throws AppError `not_found`, `invalid_input`, `temporal_unavailable`: then whatever waited before still waits
     */
    ask: async (asked: AskedRollout): Promise<{ id: string; state: 'started' | 'waiting' }> => {
      const { candidate, input } = asked;
      await refuseUnfit(deps, asked);
      const row = await store.queue({ candidate, input });
      const start = { ...input, candidate, rolloutId: row.id };
      const state = await steering.start(start).catch(async (error: unknown) => {
        await store.refuse(row.id, 'Temporal could not be asked to start it');
        throw error;
      });
      // One that has started supersedes them itself, once it has opened.
      if (state === 'waiting') await store.supersedeOlder(row);
      log.info(
        { event: `rollout.${state}`, rollout_id: row.id, candidate },
        `A rollout of ${candidate}: ${state}`,
      );
      return { id: row.id, state };
    },

    steer: async (id: string, command: CommandName, input: SteerInput): Promise<RolloutItem> => {
      const row = await runningRow(id);
      const { state } = await steering.steer(command, await pinned(command, input));
      log.info({ event: `rollout.${command}`, rollout_id: row.id, stage: state.stage }, sentence(state));
      return show(row, state);
    },

    pushMetrics: async (id: string, sample: Record<string, unknown>): Promise<RolloutItem> => {
      const row = await runningRow(id);
      await steering.metrics(sample);
      return show(row);
    },
  };
}

function isRunning({ startedAt, endedAt }: RolloutRow): boolean {
  return startedAt !== null && endedAt === null;
}

/** What the workflow's first step would refuse, told to whoever asks. */
async function refuseUnfit(
  { store, registry }: DeskDeps,
  { candidate, baseline }: AskedRollout,
): Promise<void> {
  for (const name of [candidate, ...(baseline === undefined ? [] : [baseline])]) {
    if ((await registry.find(name)) === null) throw new AppError('not_found', `No version is called ${name}`);
  }
  const opponent = baseline ?? ((await store.running()) ? undefined : await registry.getActiveModel());
  if (opponent !== candidate) return;
  const message = 'cannot be rolled out against itself; name another baseline';
  throw new AppError('invalid_input', `${candidate} ${message}`, {
    details: [{ field: 'baseline', message }],
  });
}
