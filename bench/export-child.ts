import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDatasetActivities } from '../activities/dataset.ts';
import { createLocalFolder } from '../src/dataset/local-folder.ts';
import type { ExportBatchInput, ExportBatchResult } from '../src/dataset/messages.ts';
import { openLog } from '../src/log.ts';
import { createDataSource } from '../src/platform/postgres/data-source.ts';

const SAMPLE_MS = 20;

export interface ExportOptions {
  databaseUrl: string;
  exportDir: string;
  mark: boolean;
}

/** One export by the worker's own activity, in a process of its own, so that its peak memory is nobody else's. */
export async function runExport({ databaseUrl, exportDir, mark }: ExportOptions) {
  const { log } = openLog({ level: 'info' });
  const db = await createDataSource({ url: databaseUrl, log }).initialize();
  const datasetStore = createLocalFolder({ path: exportDir });
  const { exportBatch } = createDatasetActivities({ db, datasetStore, exportDir, log });
  const worker = new MockActivityEnvironment();
  const input = { batchId: randomUUID(), mark };
  let peakHeapBytes = 0;
  const sample = setInterval(() => {
    peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed);
  }, SAMPLE_MS);
  const begun = performance.now();
  const { bytes, sha256 } = await worker.run<[ExportBatchInput], ExportBatchResult, typeof exportBatch>(
    exportBatch,
    input,
  );
  const ms = performance.now() - begun;
  clearInterval(sample);
  return { ms, peakHeapBytes, bytes, sha256 };
}
