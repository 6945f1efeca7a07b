import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';

/** Not: running, paused, or a status that this SDK does not know. */
const ENDED: readonly WorkflowExecutionStatusName[] = [
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'TIMED_OUT',
];

export interface LatestRun {
  runId: string;
  /** The first of its chain of runs, the same through continue-as-new. */
  firstRunId: string;
  status: WorkflowExecutionStatusName;
  hasEnded: boolean;
}

/** The latest run of a workflow id; undefined when the server knows none, or none any more. */
export async function latestRun(client: Client, workflowId: string): Promise<LatestRun | undefined> {
  try {
    const { status, raw, runId } = await client.workflow.getHandle(workflowId).describe();
    return {
      runId,
      firstRunId: raw.workflowExecutionInfo?.firstRunId || runId,
      status: status.name,
      hasEnded: ENDED.includes(status.name),
    };
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowNotFoundError') return undefined;
    throw error;
  }
}
