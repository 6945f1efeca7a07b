import { z } from 'zod';
import type { ModelVersion } from './entity.ts';

/** A version as the API shows it: the columns of `model_versions`, when its base ends, who tuned it. */
export const modelItem = z.object({
  id: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  deleted_at: z.null(),
  version_name: z.string(),
  base_model: z.string(),
  training_job_id: z.string().nullable().describe('Full resource name; null for a plain base'),
  training_data_size: z.int().describe('Examples of the training part'),
  is_active: z.boolean(),
  traffic_weight: z.int().min(0).max(100),
  activated_at: z.iso.datetime().nullable(),
  deactivated_at: z.iso.datetime().nullable(),
  endpoint: z.string().nullable(),
  tuned_model: z.string().nullable(),
  ends_on: z.string().nullable().describe('Day on which the base model may stop answering'),
  workflow_id: z.string().optional(),
  run_id: z.string().optional(),
  web_ui_url: z.string().optional(),
});

export type ModelItem = z.output<typeof modelItem>;

/** The pipeline run that tuned a version. */
export interface TuningWorkflow {
  workflowId: string;
  runId: string;
  webUiUrl: string | undefined;
}

export function asModelItem(
  version: ModelVersion,
  endsOn: string | undefined,
  workflow: TuningWorkflow | undefined,
): ModelItem {
  return {
    id: version.id,
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
    deleted_at: null,
    version_name: version.versionName,
    base_model: version.baseModel,
    training_job_id: version.trainingJobId,
    training_data_size: version.trainingDataSize,
    is_active: version.isActive,
    traffic_weight: version.trafficWeight,
    activated_at: version.activatedAt?.toISOString() ?? null,
    deactivated_at: version.deactivatedAt?.toISOString() ?? null,
    endpoint: version.endpoint,
    tuned_model: version.tunedModel,
    ends_on: endsOn ?? null,
    ...(workflow ? workflowFields(workflow) : {}),
  };
}

function workflowFields({ workflowId, runId, webUiUrl }: TuningWorkflow) {
  return {
    workflow_id: workflowId,
    run_id: runId,
    ...(webUiUrl === undefined ? {} : { web_ui_url: webUiUrl }),
  };
}
