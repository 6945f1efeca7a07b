import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { z } from 'zod';
import { AppError } from '../errors.ts';
import { listOf, page } from '../platform/http/fields.ts';
import { defineRoute, type Route } from '../platform/http/route.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import type { BatchStore } from './batch-store.ts';
import type { ExportBatch } from './entity.ts';
import { EXPORT_FEEDBACK, type ExportFeedbackInput, HTTP_EXPORT_WORKFLOW_ID } from './messages.ts';
import { exportSummary } from './narrate.ts';

const time = z.iso.datetime();

const ExportItem = z
  .object({
    id: z.uuid(),
    state: z.enum(['claimed', 'written', 'finished', 'failed']),
    outcome: z.string().nullable().meta({ example: 'exported' }),
    reason: z.string().nullable(),
    marks: z.boolean().meta({ description: 'False: the rows were not marked as exported.' }),
    days: z.number().int().nullable().meta({ description: 'Null: all that was not yet exported.' }),
    created_at: time,
    finished_at: time.nullable(),
    file_name: z.string().nullable(),
    rows: z.number().int(),
    positives: z.number().int(),
    manifest: z.object({
      file_name: z.string().nullable(),
      rows: z.number().int(),
      positives: z.number().int(),
      left_behind: z.number().int().meta({ description: 'Rows older than the nightly window.' }),
      bytes: z.number().int(),
      sha256: z.string().nullable(),
      window_from: time.nullable(),
      window_to: time.nullable(),
    }),
    workflow_id: z.string().nullable(),
    run_id: z.string().nullable(),
    web_ui_url: z.url().nullable(),
  })
  .meta({ id: 'ExportBatch' });

const StartedExport = z.object({
  workflow_id: z.string(),
  run_id: z.string(),
  web_ui_url: z.url().nullable(),
});

export interface BatchRouteDeps {
  batches: Pick<BatchStore, 'list'>;
  temporal: Pick<Temporal, 'call'>;
  links: WebUiLinks;
  taskQueue: string;
}

/** `/api/v1/exports`: the batches there were, and a new one now. */
export function batchRoutes(deps: BatchRouteDeps): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/exports',
      operationId: 'listExports',
      tag: 'Exports',
      summary: 'Export batches with their manifests, newest first',
      access: 'admin',
      request: z.object({ query: page.strict() }),
      responses: { 200: { description: 'Batches', info: listOf(ExportItem) } },
      handler: async ({ query: { limit, cursor } }) => {
        const found = await deps.batches.list({ limit: limit + 1, beforeSeq: cursor });
        const shown = found.slice(0, limit);
        const last = found.length > limit ? shown.at(-1) : undefined;
        const items = shown.map((batch) => asItem(batch, deps.links));
        return { status: 200, info: { items, ...(last ? { next_cursor: String(last.seq) } : {}) } };
      },
    }),
    defineRoute({
      method: 'post',
      path: '/api/v1/exports',
      operationId: 'startExport',
      tag: 'Exports',
      summary: 'Exports now and marks what it takes',
      description: 'Without `days` all that is not yet exported. The export itself is a workflow.',
      access: 'admin',
      request: z.object({
        body: z.strictObject({ days: z.number().int().min(1).max(3650).optional() }),
      }),
      responses: {
        202: { description: 'Started', info: StartedExport },
        409: { description: '`already_running`, with the running one in details' },
        503: { description: '`temporal_unavailable`' },
      },
      handler: async ({ body: { days } }) => ({
        status: 202,
        info: await start(deps, days === undefined ? {} : { days }),
      }),
    }),
  ];
}

async function start(
  { temporal, links, taskQueue }: BatchRouteDeps,
  input: ExportFeedbackInput,
): Promise<z.input<typeof StartedExport>> {
  const workflowId = HTTP_EXPORT_WORKFLOW_ID;
  try {
    const { firstExecutionRunId } = await temporal.call((client) =>
      client.workflow.start(EXPORT_FEEDBACK, {
        workflowId,
        taskQueue,
        args: [input],
        staticSummary: exportSummary(input),
      }),
    );
    return linked(links, workflowId, firstExecutionRunId);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { runId } = await temporal.call((client) => client.workflow.getHandle(workflowId).describe());
    throw new AppError('already_running', 'An export that was started over HTTP is running already', {
      details: linked(links, workflowId, runId),
    });
  }
}

function linked(links: WebUiLinks, workflowId: string, runId: string) {
  return {
    workflow_id: workflowId,
    run_id: runId,
    web_ui_url: links.workflow(workflowId, runId) ?? null,
  };
}

function asItem(batch: ExportBatch, links: WebUiLinks): z.input<typeof ExportItem> {
  const { id, state, outcome, reason, marks, days, workflowId, runId } = batch;
  const counts = { file_name: batch.fileName, rows: batch.rowCount, positives: batch.positiveCount };
  return {
    id,
    state,
    outcome,
    reason,
    marks,
    days,
    created_at: batch.createdAt.toISOString(),
    finished_at: batch.finishedAt?.toISOString() ?? null,
    ...counts,
    manifest: {
      ...counts,
      left_behind: batch.leftBehindCount,
      bytes: Number(batch.byteCount),
      sha256: batch.sha256,
      window_from: batch.windowFrom?.toISOString() ?? null,
      window_to: batch.windowTo?.toISOString() ?? null,
    },
    workflow_id: workflowId,
    run_id: runId,
    web_ui_url: workflowId === null ? null : (links.workflow(workflowId, runId ?? undefined) ?? null),
  };
}
