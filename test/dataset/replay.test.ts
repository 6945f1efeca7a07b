import { expect, it } from '@jest/globals';
import { replayHistories } from '../setup/replay.ts';
import { workflowBundle } from '../setup/servers.ts';
import { quietRuntime } from './export-worker.ts';

quietRuntime();

it('replays the histories of each released shape of exportFeedback', async () => {
  const errors = await replayHistories('export-feedback-', workflowBundle());
  expect(errors.length).toBeGreaterThanOrEqual(3);
  expect(errors.filter((error) => error !== undefined)).toEqual([]);
});
