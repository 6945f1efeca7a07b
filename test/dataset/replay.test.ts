import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../setup/servers.ts';
import { quietRuntime } from './export-worker.ts';

quietRuntime();

const HISTORIES = join(import.meta.dirname, '../histories');

it('replays the histories of each released shape of exportFeedback', async () => {
  const names = (await readdir(HISTORIES)).filter((name) => name.startsWith('export-feedback-'));
  const histories = await Promise.all(
    names.map(async (name) => ({
      workflowId: name,
      history: JSON.parse(await readFile(join(HISTORIES, name), 'utf8')),
    })),
  );
  const failures: unknown[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: workflowBundle() },
    histories,
  )) {
    if (error) failures.push({ workflowId, error });
  }
  expect(names.length).toBeGreaterThanOrEqual(3);
  expect(failures).toEqual([]);
});
