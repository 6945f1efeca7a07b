import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { DataSource } from 'typeorm';
import { createDatasetActivities } from '../../activities/dataset.ts';
import { createLocalFolder } from '../../src/dataset/local-folder.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { type Severable, severable } from '../platform/postgres/severable.ts';
import { storeThumbs, temporaryFolder } from './support.ts';

let database: OpenDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let way: Severable;
let secondDb: DataSource;

beforeEach(async () => {
  database = await openDatabase();
  folder = await temporaryFolder();
  way = await severable(database.url);
  secondDb = await createDataSource({ url: way.url, log: silent, statements: 'unbounded' }).initialize();
});

afterEach(async () => {
  await secondDb.destroy();
  await way.close();
  await database.close();
  await folder.remove();
});

/** The activities of a worker that has a folder of its own. */
function worker(name: string, db: DataSource) {
  return createDatasetActivities({
    db,
    datasetStore: createLocalFolder({ path: join(folder.path, name, 'datasets') }),
    exportDir: join(folder.path, name, 'exports'),
    log: silent,
  });
}

const quiet = { logger: new DefaultLogger('ERROR', () => undefined) };

const run = <Input, Output>(activity: (input: Input) => Promise<Output>, input: Input): Promise<Output> =>
  new MockActivityEnvironment({}, quiet).run(activity, input);

describe('two workers that share a database and no folder', () => {
  it('export on the one and upload on the other', async () => {
    await storeThumbs(database.db, Array(20).fill({}));
    const first = worker('first', database.db);
    const second = worker('second', secondDb);
    const exported = await run(first.exportBatch, { batchId: randomUUID() });
    const trainingSetId = randomUUID();
    const uploaded = await run(second.uploadDataset, {
      trainingSetId,
      baseModel: 'gemini-3.5-flash-lite',
      minSamples: 20,
    });
    expect(uploaded).toMatchObject({ outcome: 'uploaded', trainingSetId });
    expect(await readdir(join(folder.path, 'first'))).toEqual(['exports']);
    expect(await readdir(join(folder.path, 'first/exports'))).toEqual([exported.fileName]);
    expect(await readdir(join(folder.path, 'second'))).toEqual(['datasets']);
  });

  it('go on where the other was lost', async () => {
    await storeThumbs(database.db, Array(300).fill({}));
    const batchId = randomUUID();
    const lost = new MockActivityEnvironment({ attempt: 1 }, quiet);
    lost.on('heartbeat', (detail: unknown) => detail !== undefined && lost.cancel('WORKER_SHUTDOWN'));
    await expect(lost.run(worker('first', database.db).exportBatch, { batchId })).rejects.toMatchObject({
      name: 'CancelledFailure',
    });
    const exported = await run(worker('second', secondDb).exportBatch, { batchId });
    expect(exported).toMatchObject({ batchId, rows: 300, positives: 300 });
    expect(await readdir(join(folder.path, 'second/exports'))).toEqual([exported.fileName]);
  });
});

describe('a worker whose database is away', () => {
  it('fails so that it is tried again, and tells nothing of a row', async () => {
    way.cut();
    const failure: unknown = await run(worker('second', secondDb).exportBatch, {
      batchId: randomUUID(),
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      type: 'DatasetStepFailed',
      nonRetryable: false,
      message: 'The database can’t be reached; the step goes on when it is back.',
    });
  });

  it('fails for good where a person has to do something', async () => {
    const batchId = randomUUID();
    await run(worker('first', database.db).releaseBatch, { batchId, reason: 'by hand' });
    await expect(run(worker('first', database.db).exportBatch, { batchId })).rejects.toMatchObject({
      type: 'BatchReleased',
      nonRetryable: true,
    });
  });
});
