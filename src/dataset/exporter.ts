import type { Log } from '../log.ts';
import type { BatchStore } from './batch-store.ts';
import type { ClaimRequest } from './claim.ts';
import type { ExportBatch } from './entity.ts';
import type { ExportFolder } from './export-file.ts';
import { DatasetFailure } from './failure.ts';
import type { ExportBatchResult, ReleaseBatchInput } from './messages.ts';
import type { Progress } from './progress.ts';
import { redactedLine } from './redacted-line.ts';

export interface ExporterDeps {
  batches: BatchStore;
  folder: ExportFolder;
  log: Log;
}

export type Exporter = ReturnType<typeof createExporter>;

/**
 * Exports thumbs in three steps that are each safe to repeat: claim the rows, write the file beside its place
 * and rename it, mark the rows. Killed anywhere and called again with the same batch id, it goes on where it
 * was and gives the same file.
 */
export function createExporter(deps: ExporterDeps) {
  return {
    exportBatch: (request: ClaimRequest, progress: Progress) => exportBatch(deps, request, progress),
    /** Gives an unfinished batch's rows back; a batch whose file is at its place is finished instead. */
    releaseBatch: (input: ReleaseBatchInput) => releaseBatch(deps, input),
  };
}

async function exportBatch(
  deps: ExporterDeps,
  request: ClaimRequest,
  progress: Progress,
): Promise<ExportBatchResult> {
  const { log } = deps;
  try {
    let batch = await claim(deps, request, progress);
    if (batch.state === 'failed') throw released(batch);
    if (batch.state === 'claimed') batch = await exportToJsonl(deps, batch, progress);
    if (batch.state === 'written') batch = await markAsExported(deps, batch, progress);
    return resultOf(batch);
  } catch (error) {
    if (!progress.signal.aborted) {
      log.error(
        { event: 'feedback_export.failed', batch_id: request.batchId, err: error },
        'An export could not go on; it is tried again unless its workflow ends',
      );
    }
    throw error;
  }
}

async function claim(
  { batches, folder, log }: ExporterDeps,
  request: ClaimRequest,
  progress: Progress,
): Promise<ExportBatch> {
  progress.signal.throwIfAborted();
  const batch = await batches.claim(request, { fileExists: folder.exists, onChunk: progress.heartbeat });
  log.info(
    { event: 'feedback_export.claimed', ...idsOf(batch), left_behind: batch.leftBehindCount },
    'Rows were claimed for an export',
  );
  return batch;
}

async function exportToJsonl(
  deps: ExporterDeps,
  batch: ExportBatch,
  progress: Progress,
): Promise<ExportBatch> {
  const { batches, folder, log } = deps;
  if (batch.fileName === null) {
    const nothing = { lines: 0, bytes: 0, sha256: '' };
    if ((await batches.commitFile(batch.id, nothing, async () => undefined)) === 'released')
      throw released(batch);
    return batches.get(batch.id);
  }
  const file = await folder.open(batch.fileName, batch.id);
  try {
    for await (const rows of batches.likedRows(batch)) {
      progress.signal.throwIfAborted();
      await file.write(rows.map(redactedLine));
      progress.heartbeat(rows.at(-1)?.id);
    }
    const outcome = await batches.commitFile(batch.id, await file.finish(), file.place);
    if (outcome === 'released') throw released(batch);
    if (outcome === 'changed') return await exportToJsonl(deps, batch, progress);
  } finally {
    await file.discard();
  }
  const written = await batches.get(batch.id);
  log.info(
    { event: 'feedback_export.written', ...idsOf(written), sha256: written.sha256 },
    'An export file was written',
  );
  return written;
}

async function markAsExported({ batches, log }: ExporterDeps, batch: ExportBatch, progress: Progress) {
  const finished = await batches.markAsExported(batch.id, progress.heartbeat);
  log.info({ event: 'feedback_export.finished', ...idsOf(finished) }, 'An export is finished');
  return finished;
}

async function releaseBatch({ batches, folder, log }: ExporterDeps, { batchId, reason }: ReleaseBatchInput) {
  const batch = await batches.release(batchId, reason);
  if (!batch) {
    const left = await batches.find(batchId);
    if (left?.state === 'written') await batches.markAsExported(batchId, () => undefined);
    return;
  }
  // The file of an attempt that was killed right after its rename: its rows belong to a later one now.
  if (batch.fileName) await folder.remove(batch.fileName, batchId).catch(() => undefined);
  log.warn(
    { event: 'feedback_export.failed', ...idsOf(batch), reason },
    'An export was given up and its rows are free again',
  );
}

function released({ id }: ExportBatch): DatasetFailure {
  return new DatasetFailure(
    'BatchReleased',
    `Batch ${id} was given up and its rows are free again. Start a new export; it takes them.`,
  );
}

function resultOf(batch: ExportBatch): ExportBatchResult {
  return {
    outcome: batch.outcome === 'nothing_to_export' ? 'nothing_to_export' : 'exported',
    batchId: batch.id,
    fileName: batch.fileName,
    rows: batch.rowCount,
    positives: batch.positiveCount,
    leftBehind: batch.leftBehindCount,
    bytes: Number(batch.byteCount),
    sha256: batch.sha256,
  };
}

function idsOf({ id, fileName, rowCount, positiveCount }: ExportBatch) {
  return { batch_id: id, file_name: fileName, rows: rowCount, positives: positiveCount };
}
