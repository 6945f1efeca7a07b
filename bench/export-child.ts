import { randomUUID } from 'node:crypto';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { MockActivityEnvironment } from '@temporalio/testing';
import { z } from 'zod';
import { createDatasetActivities } from '../activities/dataset.ts';
import { createLocalFolder } from '../src/dataset/local-folder.ts';
import type { ExportBatchInput, ExportBatchResult } from '../src/dataset/messages.ts';
import { openLog } from '../src/log.ts';
import { createDataSource } from '../src/platform/postgres/data-source.ts';

const SAMPLE_MS = 20;
const FullCollection = z.object({
  detail: z.object({ kind: z.literal(constants.NODE_PERFORMANCE_GC_MAJOR) }),
});

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
  const memory = watchMemory();
  const begun = performance.now();
  const { bytes, sha256 } = await worker.run<[ExportBatchInput], ExportBatchResult, typeof exportBatch>(
    exportBatch,
    input,
  );
  const ms = performance.now() - begun;
  return { ms, ...memory.stop(), bytes, sha256 };
}

/** The greatest heap, and the greatest that a full collection left: what is really held. */
function watchMemory() {
  let peakHeapBytes = 0;
  let liveHeapBytes = 0;
  const timer = setInterval(() => {
    peakHeapBytes = Math.max(peakHeapBytes, process.memoryUsage().heapUsed);
  }, SAMPLE_MS);
  const collections = new PerformanceObserver((seen) => {
    if (seen.getEntries().some((entry) => FullCollection.safeParse(entry).success))
      liveHeapBytes = Math.max(liveHeapBytes, process.memoryUsage().heapUsed);
  });
  collections.observe({ entryTypes: ['gc'] });
  return {
    stop: () => {
      clearInterval(timer);
      collections.disconnect();
      return { peakHeapBytes, liveHeapBytes };
    },
  };
}
