import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleOf, replayHistories } from '../setup/replay.ts';
import { workflowBundle } from '../setup/servers.ts';
import { quietRuntime } from './world.ts';

beforeAll(quietRuntime);

describe('The histories of each released shape of the rollout', () => {
  test('replay with the workflow as it is now', async () => {
    const errors = await replayHistories('rollout-', workflowBundle());
    expect(errors.length).toBeGreaterThanOrEqual(4);
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
  });

  test('do not replay with one step more, so that this test can fail', async () => {
    const incompatible = await bundleOf(join(import.meta.dirname, 'incompatible-workflow.ts'));
    const errors = await replayHistories('rollout-', incompatible);
    expect(errors.length).toBeGreaterThanOrEqual(4);
    expect(errors.every((error) => error?.name === 'DeterminismViolationError')).toBe(true);
  });
});
