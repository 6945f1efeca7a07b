import {
  ApplicationFailure,
  CancellationScope,
  proxyActivities,
  setCurrentDetails,
  uuid4,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { parseExportInput } from '../src/dataset/export-input.ts';
import type { ExportBatchResult, ExportFeedbackInput } from '../src/dataset/messages.ts';
import { exportDetails, exportSummary } from '../src/dataset/narrate.ts';

const RETRY = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' } as const;
/** A lost worker is noticed by its missing heartbeats; a fault that does not pass ends the export after four hours. */
const EXPORT = {
  startToCloseTimeout: '1 hour',
  scheduleToCloseTimeout: '4 hours',
  heartbeatTimeout: '30 seconds',
  retry: RETRY,
} as const;
/** The rows must become free again, so that this is tried for longer than an export may take. */
const RELEASE = { startToCloseTimeout: '1 minute', scheduleToCloseTimeout: '1 day', retry: RETRY } as const;

const act = proxyActivities<Activities>(EXPORT);

/**
 * Writes an export file now and marks its rows. Input, all optional: `{"days": 7, "mark": true}`. A wrong input fails
 * at once; cancelled or failed, the rows that it claimed are free again.
 */
export async function exportFeedback(given?: ExportFeedbackInput): Promise<ExportBatchResult> {
  const parsed = parseExportInput(given);
  if (!parsed.ok) throw ApplicationFailure.nonRetryable(parsed.problem, 'InvalidInput');
  const { input } = parsed;
  const batchId = uuid4();
  setCurrentDetails(exportDetails(input));
  try {
    const result = await act.exportBatch.executeWithOptions({ ...EXPORT, summary: exportSummary(input) }, [
      { ...input, batchId },
    ]);
    setCurrentDetails(exportDetails(input, result));
    return result;
  } catch (error) {
    await CancellationScope.nonCancellable(() =>
      act.releaseBatch.executeWithOptions({ ...RELEASE, summary: 'give the claimed rows back' }, [
        { batchId, reason: 'The export was cancelled or failed; see its workflow' },
      ]),
    );
    throw error;
  }
}
