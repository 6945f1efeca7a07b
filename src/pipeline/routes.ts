import { z } from 'zod';
import { listOf, page } from '../platform/http/fields.ts';
import { defineRoute, type Route } from '../platform/http/route.ts';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import type { PipelineRun } from './entity.ts';
import { PHASES } from './messages.ts';
import type { PipelineStore } from './store.ts';
import type { StartedRun } from './trigger.ts';

const time = z.iso.datetime();

const item = z
  .object({
    id: z.string(),
    workflow_id: z.string(),
    run_id: z.string(),
    web_ui_url: z.url().nullable(),
    started_at: time,
    ended_at: time.nullable(),
    phase: z.enum(PHASES),
    outcome: z.string().nullable(),
    reason: z.string().nullable(),
    batch_id: z.uuid().nullable(),
    training_set_id: z.uuid().nullable(),
    training_job_id: z.string().nullable(),
    candidate: z.string().nullable(),
  })
  .meta({ id: 'PipelineRun' });

const started = z
  .object({ workflow_id: z.string(), run_id: z.string(), web_ui_url: z.url().nullable() })
  .meta({ id: 'StartedWorkflow' });

export interface PipelineRouteDeps {
  pipelines: Pick<PipelineStore, 'list'>;
  pipelineTrigger: { trigger: () => Promise<StartedRun> };
  links: WebUiLinks;
}

export function pipelineRoutes({ pipelines, pipelineTrigger, links }: PipelineRouteDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/pipelines',
      operationId: 'listPipelines',
      tag: 'Pipelines',
      summary: 'Runs of the pipeline, newest first',
      access: 'admin',
      request: z.object({ query: page }),
      responses: { 200: { description: 'Runs with their outcome', info: listOf(item) } },
      handler: async ({ query: { limit, cursor } }) => {
        const runs = await pipelines.list({ limit: limit + 1, cursor });
        const items = runs.slice(0, limit);
        const last = runs.length > limit ? items.at(-1) : undefined;
        return {
          status: 200,
          info: {
            items: items.map((run) => asItem(run, links)),
            ...(last ? { next_cursor: String(last.seq) } : {}),
          },
        };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/pipelines',
      operationId: 'runPipeline',
      tag: 'Pipelines',
      summary: 'Runs the pipeline now',
      access: 'admin',
      request: z.object({ body: z.strictObject({}) }),
      responses: {
        202: { description: 'Started', info: started },
        409: { description: '`already_running`, with the running one in details' },
      },
      handler: async () => {
        const { workflowId, runId } = await pipelineTrigger.trigger();
        return {
          status: 202,
          info: {
            workflow_id: workflowId,
            run_id: runId,
            web_ui_url: links.workflow(workflowId, runId) ?? null,
          },
        };
      },
    }),
  ];
}

function asItem(run: PipelineRun, links: WebUiLinks): z.input<typeof item> {
  return {
    id: run.runId,
    workflow_id: run.workflowId,
    run_id: run.runId,
    web_ui_url: links.workflow(run.workflowId, run.runId) ?? null,
    started_at: run.startedAt.toISOString(),
    ended_at: run.endedAt?.toISOString() ?? null,
    phase: run.phase,
    outcome: run.outcome,
    reason: run.reason,
    batch_id: run.batchId,
    training_set_id: run.trainingSetId,
    training_job_id: run.tuningJob,
    candidate: run.candidate,
  };
}
