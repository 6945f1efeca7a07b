import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRegistry, type Registry } from '../../src/models/registry.ts';
import { createTrafficView, type TrafficView } from '../../src/models/traffic.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { severable } from '../platform/postgres/severable.ts';

const BASE = 'gemini-3.5-flash-lite';
const NEWER = 'gemini-3.5-flash';
const ROLLOUT = { id: randomUUID(), candidate: NEWER, salt: 'salt-1' };

let database: OpenDatabase;
let registry: Registry;
let view: TrafficView;

beforeEach(async () => {
  database = await openDatabase();
  registry = createRegistry({ db: database.db });
  await registry.registerBase(NEWER);
  view = createTrafficView({ registry, databaseUrl: database.url, log: silent });
  await view.start();
});

afterEach(async () => {
  await view.stop();
  await database.close();
});

/** Sets the candidate's share; answers the generation that is in force from then on. */
async function setShare(stage: number): Promise<number> {
  const weights = { [NEWER]: stage, [BASE]: 100 - stage };
  const rollout = { ...ROLLOUT, stage };
  const { traffic } = await registry.setWeights({ weights, setBy: 'rollout', rollout, reason: 'a test' });
  return traffic.generation;
}

/** How long after now the view draws by this generation, in ms. */
async function followedAfterMs(follower: TrafficView, generation: number): Promise<number> {
  const from = performance.now();
  while (follower.current()?.generation !== generation) {
    await sleep(5);
  }
  return performance.now() - from;
}

/** What one moment in which the machine stood still does not change. */
function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Waits until the view's notification connection is there. */
async function backendsThatListen(): Promise<number[]> {
  const rows: { pid: number }[] = await database.db.query(
    `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
  );
  if (rows.length > 0) return rows.map(({ pid }) => pid);
  await sleep(20);
  return backendsThatListen();
}

describe('the traffic view', () => {
  it('follows every change within a second of its commit', async () => {
    const tookMs: number[] = [];
    for (const share of [10, 50, 100, 10, 50])
      tookMs.push(await followedAfterMs(view, await setShare(share)));
    expect(median(tookMs)).toBeLessThan(1_000);
  });

  it('follows within a second also when its notifications break off', async () => {
    const tookMs: number[] = [];
    for (const share of [10, 50, 100]) {
      const [listening] = await backendsThatListen();
      await database.db.query('SELECT pg_terminate_backend($1)', [listening]);
      tookMs.push(await followedAfterMs(view, await setShare(share)));
      expect(await backendsThatListen()).not.toEqual([listening]);
    }
    expect(median(tookMs)).toBeLessThan(1_000);
  });

  it('goes on with the weights it knows while the database is gone, and follows again after', async () => {
    const way = await severable(database.url);
    const db = await createDataSource({ url: way.url, log: silent, poolSize: 2 }).initialize();
    const far = createTrafficView({ registry: createRegistry({ db }), databaseUrl: way.url, log: silent });
    await far.start();
    way.cut();
    const generation = await setShare(50);
    await sleep(600);
    expect(far.draw('a key')).toMatchObject({ versionName: BASE, target: BASE, generation: 1 });
    way.mend();
    await followedAfterMs(far, generation);
    await far.stop();
    await db.destroy();
    await way.close();
  });

  it('keeps a key on its arm, and on the candidate when its share is raised', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
    const armsNow = () => keys.map((key) => view.draw(key)?.versionName);
    await followedAfterMs(view, await setShare(10));
    const before = armsNow();
    expect(armsNow()).toEqual(before);
    await followedAfterMs(view, await setShare(50));
    const after = armsNow();
    expect(before.filter((name) => name === NEWER).length).toBeGreaterThan(10);
    expect(after.filter((name) => name === NEWER).length).toBeGreaterThan(100);
    before.forEach((name, i) => {
      if (name === NEWER) expect(after[i]).toBe(NEWER);
    });
  });

  it('draws each request by itself without a key', async () => {
    await followedAfterMs(view, await setShare(50));
    const drawn = Array.from({ length: 1_000 }, () => view.draw(undefined)?.versionName);
    const candidates = drawn.filter((name) => name === NEWER).length;
    // 500 ± 8 standard deviations.
    expect(Math.abs(candidates - 500)).toBeLessThan(127);
  });

  it('names the baseline as the one who answers when the candidate fails, at 100 % too', async () => {
    for (const share of [50, 100]) {
      await followedAfterMs(view, await setShare(share));
      const arms = Array.from({ length: 100 }, (_, i) => view.draw(`key-${i}`));
      const candidate = arms.find((arm) => arm?.versionName === NEWER);
      expect(candidate).toMatchObject({ rolloutStage: share, fallback: { versionName: BASE, target: BASE } });
      for (const arm of arms.filter((drawn) => drawn?.versionName === BASE)) {
        expect(arm?.fallback).toBeUndefined();
      }
    }
  });

  it('calls a tuned version at its endpoint', async () => {
    const tuned = await registry.registerTuned({
      baseModel: BASE,
      trainingJobId: 'projects/1/locations/us-central1/tuningJobs/1',
      trainingDataSize: 100,
      endpoint: 'projects/1/locations/us/endpoints/1',
      tunedModel: 'projects/1/locations/us/models/1',
    });
    const weights = { [tuned.versionName]: 100 };
    const { traffic } = await registry.setWeights({ weights, setBy: 'person', reason: 'a test' });
    await followedAfterMs(view, traffic.generation);
    expect(view.draw(undefined)).toMatchObject({
      versionName: tuned.versionName,
      target: 'projects/1/locations/us/endpoints/1',
      rolloutId: null,
      fallback: undefined,
    });
  });
});
