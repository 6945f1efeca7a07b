import { sleep } from '@temporalio/workflow';
import type { PipelineResult } from '../../src/pipeline/messages.ts';
import { feedbackPipeline as released } from '../../workflows/feedback-pipeline.ts';

/** The pipeline with a timer before its first step: no run of the released one may be continued by it. */
export async function feedbackPipeline(): Promise<PipelineResult> {
  await sleep('1 second');
  return released();
}
