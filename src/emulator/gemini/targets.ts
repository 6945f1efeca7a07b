import { type EffectiveBehaviour, effectiveBehaviour } from '../knobs.ts';
import type { JobRecord } from '../tuning/job-record.ts';
import { currentStatuses, sameProject } from '../tuning/tuned-models.ts';
import { notFound } from '../wire/errors.ts';
import type { WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import { type CatalogueModel, findModel } from './catalogue.ts';

/** What answers a generate call. */
export interface Target {
  /** Model name or endpoint id: the key of its knobs, and part of what its answers depend on. */
  readonly id: string;
  readonly model: CatalogueModel;
  readonly behaviour: EffectiveBehaviour;
  readonly modelVersion: string;
}

/** The model or tuned endpoint that a request names. Throws ApiFault NOT_FOUND with Google's text. */
export function resolveTarget(world: World, request: WireRequest, surface: 'vertex' | 'developer'): Target {
  const { model, endpoint } = request.params;
  if (endpoint !== undefined) return tunedTarget(world, request, endpoint);
  const name = model ?? '';
  return surface === 'developer' ? developerTarget(world, name) : publisherTarget(world, request, name);
}

/** Names by which faults and knobs may mean the target of a request, without checking that it exists. */
export function targetNames(world: World, params: Readonly<Record<string, string>>): string[] {
  const { model, endpoint } = params;
  const job = endpoint === undefined ? undefined : jobOfEndpoint(world, endpoint);
  return [model, endpoint, job?.displayName].filter((name) => name !== undefined);
}

function developerTarget(world: World, name: string): Target {
  const model = findModel(name);
  if (model === undefined) {
    throw notFound(
      `models/${name} is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.`,
    );
  }
  return baseTarget(world, model, model.developerServes ?? model.name);
}

function publisherTarget(world: World, request: WireRequest, name: string): Target {
  const { project, location } = request.params;
  const model = findModel(name);
  // Without a project the request comes by express key, which Google answers from `global`.
  if (model === undefined || !model.servedIn.includes(location ?? 'global')) {
    const place = project === undefined ? '' : `projects/${project}/locations/${location}/`;
    throw notFound(
      `Publisher model \`${place}publishers/google/models/${name}\` was not found or your project does not have access to it. Please ensure you are using a valid model version. For more information, see: https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions`,
    );
  }
  return baseTarget(world, model, model.name);
}

function baseTarget(world: World, model: CatalogueModel, servedName: string): Target {
  const behaviour = effectiveBehaviour(world.store.current.behaviours, { names: [model.name] });
  return { id: model.name, model, behaviour, modelVersion: behaviour.modelVersion ?? servedName };
}

function tunedTarget(world: World, request: WireRequest, endpoint: string): Target {
  const { project = '', location = '' } = request.params;
  const job = jobOfEndpoint(world, endpoint);
  const model = job === undefined ? undefined : findModel(job.baseModel);
  const isThere =
    job !== undefined &&
    !job.modelDeleted &&
    job.endpointLocation === location &&
    sameProject(job.project, project) &&
    currentStatuses(world).get(job.id)?.state === 'JOB_STATE_SUCCEEDED';
  if (job === undefined || model === undefined || !isThere) {
    throw notFound(`Endpoint \`projects/${project}/locations/${location}/endpoints/${endpoint}\` not found.`);
  }
  const names = job.displayName === undefined ? [endpoint] : [job.displayName, endpoint];
  const behaviour = effectiveBehaviour(world.store.current.behaviours, { names, tuned: job.behaviour });
  return { id: endpoint, model, behaviour, modelVersion: behaviour.modelVersion ?? job.baseModel };
}

function jobOfEndpoint(world: World, endpoint: string): JobRecord | undefined {
  return world.store.current.jobs.find((job) => job.endpointIds.includes(endpoint));
}
