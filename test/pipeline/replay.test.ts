import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { bundleWorkflowCode, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { workflowBundle } from '../setup/servers.ts';
import { quietRuntime } from './night.ts';

const HISTORIES = join(import.meta.dirname, '../histories');

async function histories() {
  const names = (await readdir(HISTORIES)).filter((name) => name.startsWith('feedback-pipeline-'));
  return Promise.all(
    names.map(async (name) => ({
      workflowId: name,
      history: JSON.parse(await readFile(join(HISTORIES, name), 'utf8')),
    })),
  );
}

async function replay(bundle: WorkflowBundleOption): Promise<(Error | undefined)[]> {
  const results: (Error | undefined)[] = [];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, await histories())) {
    results.push(error);
  }
  return results;
}

beforeAll(quietRuntime);

describe('The histories of each released shape of the night', () => {
  test('replay with the workflow as it is now', async () => {
    const results = await replay(workflowBundle());
    expect(results.length).toBeGreaterThanOrEqual(8);
    expect(results.filter((error) => error !== undefined)).toEqual([]);
  }, 60_000);

  test('do not replay with one step more, so that this test can fail', async () => {
    const logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, log() {} };
    const workflowsPath = join(import.meta.dirname, 'incompatible-workflow.ts');
    const results = await replay(await bundleWorkflowCode({ workflowsPath, logger }));
    expect(results.every((error) => error?.name === 'DeterminismViolationError')).toBe(true);
  }, 60_000);
});
