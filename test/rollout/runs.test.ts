import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
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

beforeAll(async () => {
  quietRuntime();
  world = await aRolloutWorld();
});

afterEach(() => world.reset());
afterAll(() => world.close());

describe('A rollout on the time-skipping server', () => {
  test('takes a better candidate from 10 to 50 to 100 and bakes it for a day', async () => {
    const handle = await world.start({ gate: { checkInterval: '30m' } });
    const { rolloutId } = await stateWhere(handle, inStage(10));
    expect(await world.weights()).toEqual({ [CANDIDATE]: 10, [BASELINE]: 90 });

    await world.rate({
      rolloutId,
      stage: 10,
      candidate: { up: 54, down: 6 },
      baseline: { up: 350, down: 190 },
    });
    await world.env.sleep('2 hours');
    const decided = await stateWhere(handle, inStage(50));
    expect(decided.weights).toEqual({ [CANDIDATE]: 50, [BASELINE]: 50 });

    await world.rate({
      rolloutId,
      stage: 50,
      candidate: { up: 180, down: 20 },
      baseline: { up: 120, down: 80 },
    });
    await world.env.sleep('2 hours');
    await stateWhere(handle, inStage(100));
    expect(await world.weights()).toEqual({ [CANDIDATE]: 100 });

    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'promoted', candidate: CANDIDATE, stage: 100 });
    expect(await world.weights()).toEqual({ [CANDIDATE]: 100 });
    const row = await world.store.find(rolloutId);
    expect(row).toMatchObject({ state: 'promoted', outcome: 'promoted', endedBy: 'gate' });
    const events = await world.store.events([rolloutId]);
    expect(events.map(({ what, verdict }) => `${what} ${verdict}`)).toEqual(
      expect.arrayContaining(['advanced safe', 'advanced better', 'promoted no-evidence']),
    );
    expect(events.every(({ what, figures }) => what !== 'advanced' || figures !== null)).toBe(true);
  });

  test('rolls a worse candidate back at once and gives the baseline everything', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await world.rate({
      rolloutId,
      stage: 10,
      candidate: { up: 5, down: 55 },
      baseline: { up: 420, down: 120 },
    });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'rolled_back', stage: 10, verdict: 'harm' });
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
  });

  test('rolls back, saying what was missing, when a stage reaches its longest time', async () => {
    const handle = await world.start({ gate: { maxDuration: '6h', checkInterval: '30m' } });
    const result = await handle.result();
    expect(result.outcome).toBe('rolled_back');
    expect(result.reason).toContain('missing: 50 more ratings of the candidate');
  });

  test('is driven by metrics signals alone', async () => {
    const handle = await world.start({ gate: { minDuration: '1m', bake: '1h' } });
    const push = async (stage: number) => {
      await stateWhere(handle, inStage(stage));
      for (let i = 0; i < 5; i++) {
        const sample = { positives: 40, negatives: 10, requests: 100, errors: 0, window: 'PT5M' };
        await handle.signal('metrics', { ...sample, modelVersion: BASELINE, positives: 25, negatives: 25 });
        await handle.signal('metrics', { ...sample, modelVersion: CANDIDATE, positives: 45, negatives: 5 });
      }
      await world.env.sleep('11 minutes');
    };
    await push(10);
    await push(50);
    await stateWhere(handle, inStage(100));
    expect((await handle.result()).outcome).toBe('promoted');
  });

  test('shows one arm alone and decides nothing by it', async () => {
    const handle = await world.start({ gate: { minDuration: '1m' } });
    await stateWhere(handle, inStage(10));
    const payload = {
      modelVersion: CANDIDATE,
      positives: 0,
      negatives: 500,
      requests: 500,
      errors: 0,
      window: 'PT5M',
    };
    await handle.signal('metrics', payload);
    await handle.signal('metrics', 'nonsense');
    await world.env.sleep('20 minutes');
    const { verdict, outside } = await stateWhere(handle, inStage(10));
    expect(verdict).toBe('no-evidence');
    expect(outside).toMatchObject({ candidate: { negatives: 500 }, ignored: 1 });
  });

  test('leaves the weights of a rollout that is cancelled with the baseline, CANCELED', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
    expect(await world.store.find(rolloutId)).toMatchObject({ outcome: 'rolled_back', endedBy: 'cancel' });
  });

  test('that is cancelled answers whoever comes while it tidies up, and tidies up all the same', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    const other = world.db.createQueryRunner();
    await other.startTransaction();
    await other.query('LOCK TABLE traffic_changes IN ACCESS EXCLUSIVE MODE');
    await handle.cancel();
    await handle.signal('metrics', { modelVersion: CANDIDATE, positives: 1, negatives: 0, window: 'PT1M' });
    const answer = await handle.executeUpdate('pause', { args: [{}] });
    expect(answer).toMatchObject({ state: { rolloutId } });
    await other.rollbackTransaction();
    await other.release();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
    expect(await world.store.find(rolloutId)).toMatchObject({ outcome: 'rolled_back', endedBy: 'cancel' });
  });

  test('that has ended is given no traffic any more', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await handle.signal('rollback');
    await handle.result();
    const { generation } = await world.registry.traffic();
    const arms = { rolloutId, candidate: CANDIDATE, baseline: BASELINE };
    const again = await world.activities.setTraffic({
      ...arms,
      percent: 50,
      generation,
      reason: 'a reset',
      records: [],
    });
    expect(again.outcome).toBe('overruled');
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
  });

  test('does not fight a person who sets other weights meanwhile', async () => {
    const handle = await world.start();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await world.registry.setWeights({
      weights: { [CANDIDATE]: 30, [BASELINE]: 70 },
      setBy: 'person',
      reason: 'mine',
    });
    await handle.signal('promote');
    const result = await handle.result();
    expect(result.outcome).toBe('rolled_back');
    expect(await world.weights()).toEqual({ [CANDIDATE]: 30, [BASELINE]: 70 });
    expect(await world.store.find(rolloutId)).toMatchObject({ endedBy: 'overruled' });
  });
});

describe('A rollout', () => {
  test('under another workflow id fails at once, naming rollout', async () => {
    const failed = world.env.client.workflow.execute('rollout', {
      workflowId: 'rollout-2',
      taskQueue: world.taskQueue,
      args: [{ candidate: CANDIDATE }],
    });
    await expect(failed).rejects.toMatchObject({ cause: { type: 'wrong_workflow_id' } });
  });

  test.each([
    { title: 'an unknown candidate', input: { candidate: 'nobody' }, type: 'not_found' },
    { title: 'the baseline itself', input: { candidate: BASELINE }, type: 'invalid_input' },
    { title: 'stages that fall', input: { stages: [50, 10, 100] }, type: 'invalid_input' },
    { title: 'an unknown gate key', input: { gate: { margin: 1 } }, type: 'invalid_input' },
  ])('of $title fails at once and is not tried again', async ({ input, type }) => {
    const handle = await world.start(input);
    const failure = await handle.result().catch((error: unknown) => error);
    expect(failure).toMatchObject({ cause: { cause: { type } } });
  });
});
