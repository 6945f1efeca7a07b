import { pino } from 'pino';
import { createBatchStore } from '../../src/dataset/batch-store.ts';
import { exportFolder } from '../../src/dataset/export-file.ts';
import { createExporter } from '../../src/dataset/exporter.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';

/** One export in a process of its own, so that a test can kill it: database, folder, batch id; the result on stdout. */
const [url = '', folder = '', batchId = ''] = process.argv.slice(2);
const db = await createDataSource({
  url,
  log: pino({ level: 'silent' }),
  statements: 'unbounded',
}).initialize();
const exporter = createExporter({
  batches: createBatchStore({ db }),
  folder: exportFolder(folder),
  log: pino({ level: 'silent' }),
});
process.stdout.write('ready\n');
const result = await exporter.exportBatch(
  { batchId, workflowId: null, runId: null },
  { heartbeat: () => undefined, signal: new AbortController().signal },
);
process.stdout.write(`${JSON.stringify({ ...result, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
await db.destroy();
