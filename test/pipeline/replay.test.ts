import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleOf, replayHistories } from '../setup/replay.ts';
import { workflowBundle } from '../setup/servers.ts';
import { quietRuntime } from './night.ts';

beforeAll(quietRuntime);

describe('The histories of each released shape of the night', () => {
  test('replay with the workflow as it is now', async () => {
    const errors = await replayHistories('feedback-pipeline-', workflowBundle());
    expect(errors.length).toBeGreaterThanOrEqual(8);
    expect(errors.filter((error) => error !== undefined)).toEqual([]);
  });

  test('do not replay with one step more, so that this test can fail', async () => {
    const incompatible = await bundleOf(join(import.meta.dirname, 'incompatible-workflow.ts'));
    const errors = await replayHistories('feedback-pipeline-', incompatible);
    expect(errors.length).toBeGreaterThanOrEqual(8);
    expect(errors.every((error) => error?.name === 'DeterminismViolationError')).toBe(true);
  });
});
