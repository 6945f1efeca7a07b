import { z } from 'zod';
import { AppError } from '../errors.ts';
import type { BaseModelTable } from '../gemini/base-models.ts';
import { listOf, page, text } from '../platform/http/fields.ts';
import { defineRoute, type Route } from '../platform/http/route.ts';
import { type ActivationOptions, createActivation } from './activation.ts';
import type { ModelVersion } from './entity.ts';
import { asModelItem, type ModelItem, modelItem, type TuningWorkflow } from './item.ts';

export interface ModelRoutesOptions extends ActivationOptions {
  /** Pipeline runs by the training job that they started. */
  tuningWorkflows: (trainingJobIds: string[]) => Promise<ReadonlyMap<string, TuningWorkflow>>;
}

const PATH = '/api/v1/models';
const params = z.object({ version_name: text.max(256) });
const percent = z.int().min(1).max(100);
const reason = text.max(1_000).optional().describe('Kept with the change');

/** Versions, their weights, and what a person may do with them between rollouts. */
export function createModelRoutes(options: ModelRoutesOptions): Route[] {
  return [listModels(options), registerBase(options), activateModel(options), deactivateModel(options)];
}

function listModels(options: ModelRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    operationId: 'listModels',
    tag: 'Models',
    summary: 'Model versions with their traffic weights and end of life',
    access: 'admin',
    request: z.object({
      query: page.extend({
        active: z.enum(['true', 'false']).optional().describe('Only versions that get traffic, or get none'),
      }),
    }),
    responses: { 200: { description: 'Newest first', info: listOf(modelItem) } },
    handler: async ({ query: { active, cursor, limit } }) => {
      const versions = (await options.registry.list())
        .filter((version) => active === undefined || version.isActive === (active === 'true'))
        .filter((version) => cursor === undefined || version.id < cursor);
      const shown = versions.slice(0, limit);
      const items = await asItems(options, shown);
      const last = shown.at(-1);
      const more = last && versions.length > shown.length ? { next_cursor: String(last.id) } : {};
      return { status: 200, info: { items, ...more } };
    },
  });
}

function registerBase(options: ModelRoutesOptions): Route {
  const { registry, log } = options;
  return defineRoute({
    method: 'post',
    path: PATH,
    operationId: 'registerBaseModel',
    tag: 'Models',
    summary: 'Register a plain base model, at 0 % of the traffic',
    access: 'admin',
    request: z.object({
      body: z.strictObject({
        base_model: text
          .regex(/^[a-z0-9][a-z0-9.-]{0,127}$/, 'is not a model name such as gemini-3.5-flash')
          .describe('Google’s name of the model'),
      }),
    }),
    responses: {
      200: { description: 'It was registered already', info: modelItem },
      201: { description: 'Registered', info: modelItem },
    },
    handler: async ({ body: { base_model: baseModel } }) => {
      refuseUnlessBase(options.baseModels, baseModel, options.now?.() ?? new Date());
      const { version, isNew } = await registry.registerBase(baseModel);
      if (version.baseModel !== baseModel) throw refused(`${baseModel} is a tuned version, not a base model`);
      if (isNew) log.info({ event: 'models.registered', model_version: baseModel }, 'A base is registered');
      return { status: isNew ? 201 : 200, info: await asItem(options, version) };
    },
  });
}

const activationResponses = { 200: { description: 'The version as it is now', info: modelItem } };

function activateModel(options: ModelRoutesOptions): Route {
  const activation = createActivation(options);
  return defineRoute({
    method: 'post',
    path: `${PATH}/{version_name}/activate`,
    operationId: 'activateModel',
    tag: 'Models',
    summary: 'Give a version its share of the traffic',
    description: 'The rest stays with the version that had most. Refused while a rollout runs.',
    access: 'admin',
    request: z.object({
      params,
      body: z.strictObject({ traffic_weight: percent.default(100), reason }),
    }),
    responses: activationResponses,
    handler: async ({ params: { version_name: versionName }, body }) => {
      const trafficWeight = body.traffic_weight;
      const version = await activation.activateModel({ versionName, trafficWeight, reason: body.reason });
      return { status: 200, info: await asItem(options, version) };
    },
  });
}

function deactivateModel(options: ModelRoutesOptions): Route {
  const activation = createActivation(options);
  return defineRoute({
    method: 'post',
    path: `${PATH}/{version_name}/deactivate`,
    operationId: 'deactivateModel',
    tag: 'Models',
    summary: 'Take a version’s share of the traffic away',
    description: 'What it had goes to the version that has most. Refused while a rollout runs.',
    access: 'admin',
    request: z.object({
      params,
      body: z.strictObject({
        traffic_weight: percent.optional().describe('Has no effect: a deactivated version gets nothing'),
        reason,
      }),
    }),
    responses: activationResponses,
    handler: async ({ params: { version_name: versionName }, body }) => {
      const version = await activation.deactivateModel({ versionName, reason: body.reason });
      return { status: 200, info: await asItem(options, version) };
    },
  });
}

function refuseUnlessBase(baseModels: BaseModelTable, baseModel: string, now: Date): void {
  if (!baseModels.hasEnded(baseModel, now)) return;
  const successor = baseModels.successor(baseModel);
  throw refused(
    `${baseModel} ended on ${baseModels.endsOn(baseModel)}${successor ? `; its successor is ${successor}` : ''}`,
  );
}

function refused(message: string): AppError {
  return new AppError('invalid_input', message, { details: [{ field: 'base_model', message }] });
}

async function asItem(options: ModelRoutesOptions, version: ModelVersion): Promise<ModelItem | undefined> {
  return (await asItems(options, [version]))[0];
}

async function asItems(options: ModelRoutesOptions, versions: ModelVersion[]): Promise<ModelItem[]> {
  const jobs = versions.flatMap((version) => version.trainingJobId ?? []);
  const workflows = jobs.length > 0 ? await options.tuningWorkflows(jobs) : new Map<string, TuningWorkflow>();
  return versions.map((version) =>
    asModelItem(
      version,
      options.baseModels.endsOn(version.baseModel),
      workflows.get(version.trainingJobId ?? ''),
    ),
  );
}
