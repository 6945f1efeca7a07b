import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { AppError } from '../../src/errors.ts';
import { createWatch, type Watch } from '../../src/platform/watch.ts';
import { lookAtRollouts } from '../../src/rollout/watch.ts';
import {
  aRolloutWorld,
  BASELINE,
  CANDIDATE,
  inStage,
  quietRuntime,
  type RolloutWorld,
  stateWhere,
} from './world.ts';

let world: RolloutWorld;
let watch: Watch;

beforeAll(async () => {
  quietRuntime();
  world = await aRolloutWorld();
  watch = aWatch();
});

afterEach(() => world.reset());
afterAll(() => world.close());

function aWatch(call: RolloutWorld['temporal']['call'] = world.temporal.call): Watch {
  const { db, store, registry, taskQueue } = world;
  const log = pino({ level: 'silent' });
  const looks = [lookAtRollouts({ store, registry, temporal: { call }, taskQueue, log })];
  return createWatch({ db, looks, log });
}

async function terminated(): Promise<string> {
  const handle = await world.start();
  const { rolloutId } = await stateWhere(handle, inStage(10));
  await handle.terminate('by the test');
  return rolloutId;
}

describe('The watch over weights', () => {
  test('gives the baseline everything back after a rollout was terminated', async () => {
    const rolloutId = await terminated();
    expect(await world.weights()).toEqual({ [CANDIDATE]: 10, [BASELINE]: 90 });
    await watch.look();
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
    expect(await world.store.find(rolloutId)).toMatchObject({ outcome: 'rolled_back', endedBy: 'watch' });
  });

  test('leaves a running rollout alone', async () => {
    const handle = await world.start();
    await stateWhere(handle, inStage(10));
    await watch.look();
    expect(await world.weights()).toEqual({ [CANDIDATE]: 10, [BASELINE]: 90 });
  });

  test('leaves what a person activated after the end', async () => {
    await terminated();
    await world.registry.setWeights({
      weights: { [CANDIDATE]: 40, [BASELINE]: 60 },
      setBy: 'person',
      reason: 'mine',
    });
    await watch.look();
    expect(await world.weights()).toEqual({ [CANDIDATE]: 40, [BASELINE]: 60 });
  });

  test('does nothing while Temporal cannot be asked', async () => {
    await terminated();
    await aWatch(() => Promise.reject(new AppError('temporal_unavailable', 'away'))).look();
    expect(await world.weights()).toEqual({ [CANDIDATE]: 10, [BASELINE]: 90 });
  });

  test('gives back what a change set that came after the end of its rollout', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await handle.signal('rollback');
    await handle.result();
    const rollout = { id: rolloutId, stage: 10, candidate: CANDIDATE, salt: rolloutId };
    const late = { weights: { [CANDIDATE]: 10, [BASELINE]: 90 }, setBy: 'rollout', rollout } as const;
    await world.registry.setWeights({ ...late, reason: 'a first attempt that hung' });
    await watch.look();
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
  });

  test('ends a workflow whose rollout has ended, as a reset leaves one behind', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await world.db.query("UPDATE rollouts SET ended_at = now(), outcome = 'rolled_back' WHERE id = $1", [
      rolloutId,
    ]);
    await watch.look();
    expect((await handle.describe()).status.name).toBe('TERMINATED');
  });

  test('looks in one process at a time', async () => {
    await terminated();
    const others = Array.from({ length: 4 }, () => aWatch());
    await Promise.all(others.map((other) => other.look()));
    const { generation } = await world.registry.traffic();
    await watch.look();
    expect((await world.registry.traffic()).generation).toBe(generation);
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
  });

  test('starts the newest candidate that waits and supersedes older ones', async () => {
    const older = await world.store.queue({ candidate: CANDIDATE, input: { candidate: CANDIDATE } });
    const newer = await world.store.queue({ candidate: CANDIDATE, input: { candidate: CANDIDATE } });
    await watch.look();
    const { rolloutId } = await stateWhere(world.handle('rollout'), inStage(10));
    expect(rolloutId).toBe(newer.id);
    expect(await world.store.find(older.id)).toMatchObject({ state: 'superseded' });
  });

  test('leaves a candidate waiting after a rollback by hand, until a newer one comes', async () => {
    const handle = await world.start();
    await stateWhere(handle, inStage(10));
    const waiting = await world.store.queue({ candidate: CANDIDATE, input: { candidate: CANDIDATE } });
    await handle.signal('rollback');
    await handle.result();
    await watch.look();
    expect(await world.store.find(waiting.id)).toMatchObject({ state: 'waiting' });
    const newer = await world.store.queue({ candidate: CANDIDATE, input: { candidate: CANDIDATE } });
    await watch.look();
    const { rolloutId } = await stateWhere(world.handle('rollout'), inStage(10));
    expect(rolloutId).toBe(newer.id);
  });
});

describe('A new rollout', () => {
  test('puts right first what a terminated one left behind', async () => {
    const abandoned = await terminated();
    const handle = await world.start();
    const { baseline } = await stateWhere(handle, inStage(10));
    expect(baseline).toBe(BASELINE);
    expect(await world.store.find(abandoned)).toMatchObject({ outcome: 'rolled_back', endedBy: 'watch' });
  });
});
