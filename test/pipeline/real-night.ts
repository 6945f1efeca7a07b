import { randomUUID } from 'node:crypto';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { DataSource } from 'typeorm';
import { createDatasetActivities } from '../../activities/dataset.ts';
import { createCloudStorage } from '../../src/dataset/cloud-storage.ts';
import { baseModelTable } from '../../src/gemini/base-models.ts';
import type { GeminiConnection } from '../../src/gemini/connection.ts';
import { PipelineRunEntity } from '../../src/pipeline/entity.ts';
import type { PipelineState } from '../../src/pipeline/messages.ts';
import { createGeminiTuner } from '../../src/tuning/gemini-tuner.ts';
import { storeThumbs } from '../dataset/support.ts';
import { dataRows, type TestEmulator } from '../emulator/support.ts';
import { nightWith, silent } from './night.ts';

const QUICK = { tuningPollIntervalMs: 200, tuningTimeoutMs: 30_000 };

export interface RealParts {
  client: Client;
  connection: NativeConnection;
  emulator: TestEmulator;
  db: DataSource;
  exportDir: string;
  settings?: { tuningPollIntervalMs?: number };
}

/** A night whose rooms are all real; Google is the emulator, with a project of the night's own. */
export function realNight({ client, connection, emulator, db, exportDir, settings = {} }: RealParts) {
  const project = `p-${randomUUID().slice(0, 8)}`;
  const bucket = 'training';
  const tuner = createGeminiTuner({
    connection: vertexAt(emulator.url, project),
    location: 'us-central1',
    bucket,
    epochCount: 3,
    baseModels: baseModelTable({}),
    log: silent,
  });
  const night = nightWith({
    client,
    connection,
    db,
    settings: { ...QUICK, ...settings },
    dataset: createDatasetActivities({
      db,
      exportDir,
      datasetStore: createCloudStorage({ bucket, projectId: project, url: emulator.url }),
      log: silent,
    }),
    tuner,
  });
  return { ...night, tuner };
}

function vertexAt(baseUrl: string, projectId: string): GeminiConnection {
  return { wire: 'vertex', projectId, servingLocation: 'us', apiKey: 'local', baseUrl };
}

/** Liked answers to the data set's questions. */
export const thumbsUp = (db: DataSource, count: number): Promise<number[]> =>
  storeThumbs(
    db,
    dataRows()
      .slice(0, count)
      .map(({ code, question }) => ({ prompt: `Explain ${code}`, response: `${question} and so on` })),
  );

export const rowOf = (db: DataSource, workflowId: string) =>
  db.getRepository(PipelineRunEntity).findOneByOrFail({ workflowId });

export async function until(
  handle: WorkflowHandle,
  met: (state: PipelineState) => boolean,
): Promise<PipelineState> {
  for (;;) {
    const state = await handle.query<PipelineState>('state');
    if (met(state)) return state;
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function jobState({ url }: TestEmulator, job: string | null): Promise<string> {
  const answer = await fetch(`${url}/v1beta1/${job}`, { headers: { 'x-goog-api-key': 'local' } });
  const { state }: { state: string } = JSON.parse(await answer.text());
  return state;
}

/** How many thumbs no training set holds. */
export async function untrained(db: DataSource): Promise<number> {
  const rows: unknown[] = await db.query('SELECT 1 FROM ai_feedback WHERE training_set_id IS NULL');
  return rows.length;
}
