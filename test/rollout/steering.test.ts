import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WithStartWorkflowOperation } from '@temporalio/client';
import type { RolloutView } from '../../src/rollout/view.ts';
import type { rollout } from '../../workflows/rollout.ts';
import {
  aRolloutWorld,
  BASELINE,
  CANDIDATE,
  inStage,
  quietRuntime,
  type RolloutHandle,
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

interface Answer {
  said: string;
  state: RolloutView;
}

async function started(): Promise<RolloutHandle> {
  const handle = await world.start();
  await stateWhere(handle, inStage(10));
  return handle;
}

function update(handle: RolloutHandle, name: string, input: Record<string, unknown> = {}): Promise<Answer> {
  return handle.executeUpdate<Answer, [Record<string, unknown>]>(name, { args: [input] });
}

describe('A running rollout', () => {
  test('answers updates with what happened and the state after it', async () => {
    const handle = await started();
    const paused = await update(handle, 'pause', { reason: 'lunch' });
    expect(paused.said).toBe('paused by hand: lunch');
    expect(paused.state).toMatchObject({ paused: true, stage: 10, standing: 'paused' });
    expect((await update(handle, 'pause')).said).toBe('already paused');
    expect((await update(handle, 'resume')).state.paused).toBe(false);
    expect((await update(handle, 'promote', { expectedStage: 10 })).state.stage).toBe(50);
    await stateWhere(handle, inStage(50));
    expect((await update(handle, 'rollback', { reason: 'no' })).state.standing).toBe('rolling-back');
    expect(await handle.result()).toMatchObject({
      outcome: 'rolled_back',
      reason: 'rolled back by hand: no',
    });
    expect((await handle.describe()).status.name).toBe('COMPLETED');
    expect(await world.weights()).toEqual({ [BASELINE]: 100 });
  });

  test('obeys signals with a text, an object, or nothing', async () => {
    const handle = await started();
    await handle.signal('pause', 'by the Web UI');
    await stateWhere(handle, (state) => state.pauses.includes('paused by hand: by the Web UI'));
    await handle.signal('resume', { reason: 'go' });
    await stateWhere(handle, (state) => !state.paused);
    await handle.signal('promote', 42);
    await stateWhere(handle, inStage(50));
    await handle.signal('promote');
    await stateWhere(handle, inStage(100));
    await handle.signal('promote');
    expect(await handle.result()).toMatchObject({ outcome: 'promoted' });
    expect(await world.weights()).toEqual({ [CANDIDATE]: 100 });
  });

  test('reads what it can of a signal in any encoding, and goes on', async () => {
    const handle = await started();
    const send = (signalName: string, encoding: string, text: string) =>
      world.env.client.workflowService.signalWorkflowExecution({
        namespace: 'default',
        workflowExecution: { workflowId: 'rollout' },
        signalName,
        input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(text) }] },
      });
    await send('pause', 'weird/stuff', 'no JSON');
    await send('metrics', 'json/plain', '{broken');
    await send(
      'metrics',
      'json/protobuf',
      `{"modelVersion":"${CANDIDATE}","positives":1,"negatives":0,"window":"PT1M"}`,
    );
    const { pauses, outside } = await stateWhere(handle, (state) => state.outside.candidate.samples === 1);
    expect(pauses).toEqual(['paused by hand']);
    expect(outside.ignored).toBe(1);
  });

  test('refuses a stale update without a trace in its history', async () => {
    const handle = await started();
    await update(handle, 'pause');
    const refused = await update(handle, 'promote', { expectedStage: 50 }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ cause: { type: 'stale' } });
    const { events } = await handle.fetchHistory();
    const accepted = events?.flatMap(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name ?? [],
    );
    expect(accepted).toEqual(['pause']);
  });

  test('lets only one of two people promote from the same stage', async () => {
    const handle = await started();
    const both = await Promise.allSettled([
      update(handle, 'promote', { expectedStage: 10 }),
      update(handle, 'promote', { expectedStage: 10 }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await stateWhere(handle, inStage(50));
  });

  test('keeps what it is told before it has opened', async () => {
    const handle = await world.env.client.workflow.signalWithStart('rollout', {
      workflowId: 'rollout',
      taskQueue: world.taskQueue,
      args: [{ candidate: CANDIDATE }],
      signal: 'pause',
      signalArgs: ['early'],
    });
    await stateWhere(world.handle(handle.workflowId), (state) => state.paused && state.stageBeganAt !== null);
  });

  test('refuses what is stale also before it has opened', async () => {
    const { client } = world.env;
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof rollout>('rollout', {
      workflowId: 'rollout',
      taskQueue: world.taskQueue,
      args: [{ candidate: CANDIDATE }],
      workflowIdConflictPolicy: 'FAIL',
    });
    const early = client.workflow.executeUpdateWithStart('promote', {
      startWorkflowOperation,
      args: [{ expectedStage: 50 }],
    });
    await expect(early).rejects.toMatchObject({ cause: { type: 'stale' } });
    await stateWhere(world.handle('rollout'), inStage(10));
  });

  test('tells its story to the Web UI: details, summaries and search attributes', async () => {
    const handle = await started();
    const { searchAttributes } = await handle.describe();
    expect(searchAttributes).toMatchObject({
      ModelVersion: [CANDIDATE],
      RolloutStage: [10],
      RolloutVerdict: ['no-evidence'],
    });
    const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain(`**${CANDIDATE}** at **10 %**`);
    expect(metadata.currentDetails).toMatch(/Next check: \d{4}-/);
  });

  test('writes every decision down with who made it', async () => {
    const handle = await started();
    const { rolloutId } = await stateWhere(handle, inStage(10));
    await update(handle, 'pause', { reason: 'lunch' });
    await update(handle, 'promote', { reason: 'fine' });
    await stateWhere(handle, inStage(50));
    await update(handle, 'rollback', { reason: 'no' });
    await handle.result();
    const events = await world.store.events([rolloutId]);
    expect(events.map(({ what, source, reason }) => [what, source, reason])).toEqual([
      ['paused', 'hand', 'paused by hand: lunch'],
      ['advanced', 'hand', 'promoted by hand: fine'],
      ['rolling-back', 'hand', 'rolled back by hand: no'],
      ['rolled-back', 'hand', 'rolled back by hand: no'],
    ]);
  });
});
