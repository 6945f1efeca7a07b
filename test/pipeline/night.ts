import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import {
  DefaultLogger,
  type NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { type ActivityDeps, createActivities, type DatasetActivities } from '../../activities/index.ts';
import { TrainingSetEntity } from '../../src/dataset/entity.ts';
import { createTrainingSetStore } from '../../src/dataset/training-set-store.ts';
import { createRegistry } from '../../src/models/registry.ts';
import { PIPELINE_WORKFLOW, type PipelineResult } from '../../src/pipeline/messages.ts';
import { createPipelineStore } from '../../src/pipeline/store.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { createRolloutStore } from '../../src/rollout/store.ts';
import type { Tuner } from '../../src/tuning/tuner.ts';
import { testDatabase, uniqueTaskQueue, workflowBundle } from '../setup/servers.ts';

export const silent = pino({ level: 'silent' });
export const BASE = 'gemini-3.5-flash-lite';

export const SETTINGS: ActivityDeps['settings'] = {
  feedbackAutoTuneEnabled: true,
  feedbackMinSamplesForTune: 10,
  tuningBaseModel: BASE,
  tuningPollIntervalMs: 300_000,
  tuningTimeoutMs: 24 * 3_600_000,
};

/** Keeps the SDK's own lines out of the test's output; once per test file. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
  });
}

export interface NightDatabase {
  db: DataSource;
  drop: () => Promise<void>;
}

export async function nightDatabase(): Promise<NightDatabase> {
  const { url, drop } = await testDatabase();
  const db = await createDataSource({ url, log: silent, statements: 'unbounded' }).initialize();
  return {
    db,
    drop: async () => {
      await db.destroy();
      await drop();
    },
  };
}

export interface DatasetNotes {
  exported: number;
  releasedBatches: string[];
  releasedSets: string[];
}

/** A dataset room that gives what it is told, so that a test of the night needs no thumbs. */
export function plainDataset(
  db: DataSource,
  { rows = 20, examples = 20 }: { rows?: number; examples?: number } = {},
): DatasetActivities & { notes: DatasetNotes } {
  const notes: DatasetNotes = { exported: 0, releasedBatches: [], releasedSets: [] };
  const sets = db.getRepository(TrainingSetEntity);
  return {
    notes,
    exportBatch: async ({ batchId }) => {
      notes.exported += 1;
      const outcome = rows === 0 ? 'nothing_to_export' : 'exported';
      return {
        outcome,
        batchId,
        fileName: 'a.jsonl',
        rows,
        positives: rows,
        leftBehind: 0,
        bytes: 1,
        sha256: null,
      };
    },
    releaseBatch: async ({ batchId }) => void notes.releasedBatches.push(batchId),
    uploadDataset: async ({ trainingSetId, baseModel, minSamples }) => {
      if (examples === 0) return { outcome: 'nothing_new' };
      if (examples < minSamples) return { outcome: 'not_enough_samples', examples, minSamples };
      const made = { id: trainingSetId, baseModel, state: 'uploaded' as const, trainingExamples: examples };
      await sets.upsert(made, ['id']);
      return {
        outcome: 'uploaded',
        trainingSetId,
        trainingUri: `gs://b/${trainingSetId}.jsonl`,
        trainingExamples: examples,
        validationExamples: 0,
        trainingSha256: 'x',
        manifestUri: `gs://b/${trainingSetId}.json`,
      };
    },
    releaseTrainingSet: async ({ trainingSetId }) => {
      notes.releasedSets.push(trainingSetId);
      await sets.update({ id: trainingSetId }, { state: 'released' });
    },
  };
}

export interface NightOptions {
  client: Client;
  connection: NativeConnection;
  namespace?: string;
  db: DataSource;
  tuner: Tuner;
  dataset?: DatasetActivities;
  /** Takes the place of single questions to the table of runs. */
  pipelines?: Partial<ActivityDeps['pipelines']>;
  settings?: Partial<ActivityDeps['settings']>;
  worker?: Partial<WorkerOptions>;
}

/** A worker with real activities over a real database, and a way to run a night on it. */
export function nightWith({ client, connection, namespace, db, tuner, settings, ...rest }: NightOptions) {
  const taskQueue = uniqueTaskQueue();
  const activities = createActivities({
    pipelines: { ...createPipelineStore({ db }), ...rest.pipelines },
    rollouts: createRolloutStore({ db }),
    registry: createRegistry({ db }),
    trainingSets: createTrainingSetStore({ db }),
    tuner,
    dataset: rest.dataset ?? plainDataset(db),
    settings: { ...SETTINGS, ...settings },
    log: silent,
    settleMs: 5,
  });
  const workflowId = `night-${randomUUID()}`;
  return {
    taskQueue,
    workflowId,
    worker: (): Promise<Worker> =>
      Worker.create({
        connection,
        taskQueue,
        activities,
        workflowBundle: workflowBundle(),
        ...(namespace === undefined ? {} : { namespace }),
        ...rest.worker,
      }),
    start: () =>
      client.workflow.start<() => Promise<PipelineResult>>(PIPELINE_WORKFLOW, { workflowId, taskQueue }),
  };
}
