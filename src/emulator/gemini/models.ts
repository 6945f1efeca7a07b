import { z } from 'zod';
import type { JobRecord } from '../tuning/job-record.ts';
import {
  currentStatuses,
  endpointName,
  findTunedModel,
  modelName,
  parentName,
  sameProject,
} from '../tuning/tuned-models.ts';
import { notFound } from '../wire/errors.ts';
import { pageOf } from '../wire/paging.ts';
import { jsonReply, type Reply } from '../wire/reply.ts';
import type { Route, Surface, WireRequest } from '../wire/route.ts';
import { parseBody } from '../wire/strict-json.ts';
import type { World } from '../world.ts';
import { type CatalogueModel, catalogue, findModel } from './catalogue.ts';

const vertex = '/(?:v1|v1beta1)';
const developer = '/(?:v1|v1beta)';
const tunedModels = `${vertex}/projects/(?<project>[^/]+)/locations/(?<location>[^/]+)/models`;

/** models.get, list, update and delete: base models of both backends, tuned models of Vertex AI. */
export function modelListRoutes(world: World): Route[] {
  return [
    route('vertex', 'list', `${vertex}/publishers/google/models`, (request) =>
      page(world, request, { key: 'publisherModels', all: catalogue.map(publisherModel) }),
    ),
    route('vertex', 'get', `${vertex}/publishers/google/models/(?<model>[^/:]+)`, ({ params }) =>
      jsonReply(publisherModel(baseModel(params.model ?? ''))),
    ),
    route('vertex', 'list', tunedModels, (request) =>
      page(world, request, {
        key: 'models',
        all: tunedIn(world, request).map((job) => tunedModel(world, job)),
      }),
    ),
    route('vertex', 'get', `${tunedModels}/(?<id>[^/:]+)`, (request) =>
      jsonReply(tunedModel(world, tunedOf(world, request))),
    ),
    route('vertex', 'update', `${tunedModels}/(?<id>[^/:]+)`, (request) => update(world, request)),
    route('vertex', 'delete', `${tunedModels}/(?<id>[^/:]+)`, (request) => remove(world, request)),
    route('developer', 'list', `${developer}/models`, (request) =>
      page(world, request, { key: 'models', all: catalogue.map(developerModel) }),
    ),
    route('developer', 'get', `${developer}/models/(?<model>[^/:]+)`, ({ params }) =>
      jsonReply(developerModel(baseModel(params.model ?? ''))),
    ),
  ];
}

const methods = { list: 'GET', get: 'GET', update: 'PATCH', delete: 'DELETE' } as const;

function route(surface: Surface, name: keyof typeof methods, path: string, handle: Route['handle']): Route {
  const body = name === 'update' ? 'json' : 'none';
  return {
    kind: `models.${name}`,
    surface,
    method: methods[name],
    pattern: new RegExp(`^${path}$`),
    body,
    handle,
  };
}

function page(
  world: World,
  { query }: WireRequest,
  { key, all }: { key: string; all: readonly object[] },
): Reply {
  const { items, nextPageToken } = pageOf(all, {
    pageToken: query.get('pageToken'),
    pageSize: query.get('pageSize'),
    largest: world.settings().maxPageSize,
  });
  return jsonReply({
    ...(items.length > 0 ? { [key]: items } : {}),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  });
}

function baseModel(name: string): CatalogueModel {
  const model = findModel(name);
  if (model === undefined) {
    throw notFound(
      `Model ${name} is not found. Call ListModels to see the list of available models and their supported methods.`,
    );
  }
  return model;
}

function publisherModel({ name, displayName }: CatalogueModel): object {
  return { name: `publishers/google/models/${name}`, displayName, versionId: 'default', launchStage: 'GA' };
}

function developerModel({ name, displayName }: CatalogueModel): object {
  return {
    name: `models/${name}`,
    displayName,
    version: '001',
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  };
}

function tunedIn(world: World, { params }: WireRequest): JobRecord[] {
  const { project = '', location = '' } = params;
  const statuses = currentStatuses(world);
  return world.store.current.jobs.filter(
    (job) =>
      sameProject(job.project, project) &&
      job.location === location &&
      !job.modelDeleted &&
      statuses.get(job.id)?.state === 'JOB_STATE_SUCCEEDED',
  );
}

function tunedOf(world: World, { params }: WireRequest): JobRecord {
  const { project, location, id } = params;
  return findTunedModel(world, `projects/${project}/locations/${location}/models/${id}`).job;
}

function tunedModel(world: World, job: JobRecord): object {
  const status = currentStatuses(world).get(job.id);
  const created = new Date(status?.endTimeMs ?? job.createTimeMs).toISOString();
  const endpoints = job.endpointIds.map((id) => endpointName(world, job, id));
  const description = job.modelUpdates.description ?? job.description;
  return {
    name: modelName(world, job).replace(/@.*$/, ''),
    versionId: String(job.modelVersion),
    versionAliases: ['default'],
    displayName: job.modelUpdates.displayName ?? job.displayName ?? `tuned-model-${job.modelId}`,
    ...(description === undefined ? {} : { description }),
    createTime: created,
    updateTime: created,
    deployedModels: [{ endpoint: endpoints.at(-1), deployedModelId: job.modelId }],
    labels: {
      'google-vertex-llm-tuning-base-model-id': job.baseModel,
      'google-vertex-llm-tuning-job-id': job.id,
      'tune-type': 'preferenceOptimizationSpec' in job.request ? 'dpo' : 'sft',
    },
    checkpoints: endpoints.map((_, index) => ({ checkpointId: String(index + 1), epoch: String(index + 1) })),
    defaultCheckpointId: String(endpoints.length),
    pipelineJob: `${parentName(world, job.project, job.location)}/tuningJobs/${job.id}`,
  };
}

const modelChange = z.object({
  displayName: z.string().max(128).optional(),
  description: z.string().optional(),
});

async function update(world: World, request: WireRequest): Promise<Reply> {
  const job = tunedOf(world, request);
  const { displayName, description } = parseBody(modelChange, request.body);
  job.modelUpdates = {
    ...job.modelUpdates,
    ...(displayName === undefined ? {} : { displayName }),
    ...(description === undefined ? {} : { description }),
  };
  await world.store.save();
  return jsonReply(tunedModel(world, job));
}

async function remove(world: World, request: WireRequest): Promise<Reply> {
  tunedOf(world, request).modelDeleted = true;
  await world.store.save();
  return jsonReply({});
}
