import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRegistry, type Registry } from '../../src/models/registry.ts';
import { type OpenDatabase, openDatabase } from '../platform/postgres/open-database.ts';

const BASE = 'gemini-3.5-flash-lite';
const NEWER = 'gemini-3.5-flash';

let database: OpenDatabase;
let registry: Registry;

beforeEach(async () => {
  database = await openDatabase();
  registry = createRegistry({ db: database.db });
});

afterEach(() => database.close());

const tuned = (trainingJobId: string) => ({
  baseModel: BASE,
  trainingJobId,
  trainingDataSize: 120,
  endpoint: 'projects/1/locations/us/endpoints/7',
  tunedModel: 'projects/1/locations/us/models/7',
});

async function weightsInRows(): Promise<Record<string, number>> {
  const versions = await registry.list();
  return Object.fromEntries(versions.filter((v) => v.isActive).map((v) => [v.versionName, v.trafficWeight]));
}

describe('the registry', () => {
  it('holds the base with all the traffic from the first migration on', async () => {
    expect(await weightsInRows()).toEqual({ [BASE]: 100 });
    expect(await registry.traffic()).toMatchObject({
      generation: 1,
      setBy: 'install',
      weights: { [BASE]: 100 },
    });
  });

  it('registers a base once, however often and from wherever it is asked to', async () => {
    const results = await Promise.all(Array.from({ length: 4 }, () => registry.registerBase(NEWER)));
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(results.map(({ version }) => version.id)).size).toBe(1);
    expect(await registry.find(NEWER)).toMatchObject({
      trafficWeight: 0,
      isActive: false,
      trainingJobId: null,
    });
  });

  it('numbers tuned versions apart, and gives the same job the same version', async () => {
    const jobs = ['job-a', 'job-b', 'job-a', 'job-c', 'job-b'];
    const versions = await Promise.all(jobs.map((job) => registry.registerTuned(tuned(job))));
    const names = versions.map((version) => version.versionName);
    expect([...new Set(names)].sort()).toEqual([`${BASE}-ft-001`, `${BASE}-ft-002`, `${BASE}-ft-003`]);
    expect(names[0]).toBe(names[2]);
    expect(names[1]).toBe(names[4]);
  });
});

describe('weights', () => {
  it('are set once when two set them against the same generation', async () => {
    await registry.registerBase(NEWER);
    const change = (percent: number) =>
      registry.setWeights({
        weights: { [NEWER]: percent, [BASE]: 100 - percent },
        expectedGeneration: 1,
        setBy: 'person',
        reason: 'a test',
      });
    const results = await Promise.all([change(10), change(20), change(30)]);
    expect(results.map(({ outcome }) => outcome).sort()).toEqual(['moved', 'moved', 'set']);
    const won = results.find(({ outcome }) => outcome === 'set');
    expect(await registry.traffic()).toEqual(won?.traffic);
    expect(await weightsInRows()).toEqual(won?.traffic.weights);
    expect(won?.traffic.generation).toBe(2);
  });

  it('are not changed again by the same change', async () => {
    await registry.registerBase(NEWER);
    const rollout = { id: randomUUID(), stage: 10, candidate: NEWER, salt: 'salt-1' };
    const change = {
      weights: { [NEWER]: 10, [BASE]: 90 },
      expectedGeneration: 1,
      setBy: 'rollout',
      rollout,
      reason: 'stage 10',
    } as const;
    const first = await registry.setWeights(change);
    const again = await registry.setWeights(change);
    expect(first).toMatchObject({
      outcome: 'set',
      traffic: { generation: 2, salt: 'salt-1', candidate: NEWER },
    });
    expect(again).toEqual({ outcome: 'already_so', traffic: first.traffic });
  });

  it('say when a version came and went', async () => {
    await registry.registerBase(NEWER);
    await registry.setWeights({ weights: { [NEWER]: 100 }, setBy: 'person', reason: 'a test' });
    expect(await registry.find(NEWER)).toMatchObject({ isActive: true, activatedAt: expect.any(Date) });
    expect(await registry.find(BASE)).toMatchObject({
      isActive: false,
      trafficWeight: 0,
      deactivatedAt: expect.any(Date),
    });
  });

  it('that don’t add up, or name an unknown version, change nothing', async () => {
    const set = (weights: Record<string, number>) =>
      registry.setWeights({ weights, setBy: 'person', reason: 'a test' });
    await expect(set({ [BASE]: 99 })).rejects.toThrow('add up to 99');
    await expect(set({ [BASE]: 90, nobody: 10 })).rejects.toThrow('No version is called nobody');
    expect(await weightsInRows()).toEqual({ [BASE]: 100 });
    expect(await registry.traffic()).toMatchObject({ generation: 1 });
  });

  it('keep the salt of the split when a person changes them', async () => {
    await registry.registerBase(NEWER);
    const { salt } = await registry.traffic();
    const weights = { [NEWER]: 10, [BASE]: 90 };
    const { traffic } = await registry.setWeights({ weights, setBy: 'person', reason: 'a test' });
    expect(traffic.salt).toBe(salt);
  });
});
