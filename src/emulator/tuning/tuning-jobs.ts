import { randomInt } from 'node:crypto';
import { servingLocation } from '../gemini/catalogue.ts';
import { takePreset } from '../knobs.ts';
import { invalidArgument, notFound } from '../wire/errors.ts';
import { pageOf } from '../wire/paging.ts';
import { jsonReply, type Reply } from '../wire/reply.ts';
import type { Route, WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import type { JobRecord } from './job-record.ts';
import { isTerminal } from './job-state.ts';
import { filterJobs } from './label-filter.ts';
import { currentStatuses, findTunedModel, sameProject, type TunedVersion } from './tuned-models.ts';
import { readDatasets } from './tuning-datasets.ts';
import { jobResource } from './tuning-job-resource.ts';
import { parseTuningRequest, type TuningRequest, type TuningSpec } from './tuning-request.ts';

const parent = '/(?:v1|v1beta1)/projects/(?<project>[^/]+)/locations/(?<location>[^/]+)/tuningJobs';

/** Vertex AI's tuningJobs: create, get, list, cancel. */
export function tuningRoutes(world: World): Route[] {
  return [
    route('create', 'POST', `${parent}`, (request) => create(world, request)),
    route('list', 'GET', `${parent}`, (request) => list(world, request)),
    route('get', 'GET', `${parent}/(?<job>[^/:]+)`, (request) =>
      jsonReply(jobResource(world, findJob(world, request))),
    ),
    route('cancel', 'POST', `${parent}/(?<job>[^/:]+):cancel`, (request) => cancel(world, request)),
  ];
}

function route(name: string, method: 'GET' | 'POST', path: string, handle: Route['handle']): Route {
  return {
    kind: `tuning.${name}`,
    surface: 'vertex',
    method,
    pattern: new RegExp(`^${path}$`),
    body: method === 'POST' ? 'json' : 'none',
    handle,
  };
}

async function create(world: World, wire: WireRequest): Promise<Reply> {
  const { location = '' } = wire.params;
  const { request, spec } = parseTuningRequest(wire.body, location);
  const before =
    request.preTunedModel === undefined
      ? undefined
      : findTunedModel(world, request.preTunedModel.tunedModelName);
  const data = await readDatasets(world, spec);
  const job = newJob(world, wire, { request, spec, data, before });
  world.store.current.jobs.push(job);
  await world.store.save();
  world.log.info(
    { event: 'emulator.job_created', job: job.id, base: job.baseModel, durationMs: job.durationMs },
    'The Gemini emulator took a tuning job',
  );
  return jsonReply(jobResource(world, job));
}

function newJob(
  world: World,
  wire: WireRequest,
  given: {
    request: TuningRequest;
    spec: TuningSpec;
    data: Awaited<ReturnType<typeof readDatasets>>;
    before: TunedVersion | undefined;
  },
): JobRecord {
  const { project = '', location = '' } = wire.params;
  const { request, spec, data, before } = given;
  const settings = world.settings();
  const { presets } = world.store.current;
  const baseModel =
    before?.baseModel ?? (request.baseModel ?? '').replace(/^(?:publishers\/google\/)?models\//, '');
  const displayName = request.tunedModelDisplayName ?? before?.displayName;
  // A new display name makes a new model; else tuning goes on as the next version of the old one.
  const goesOn = before !== undefined && displayName === before.displayName;
  const checkpoints = spec.exportLastCheckpointOnly ? 1 : Math.min(spec.epochCount, 10);
  return {
    id: newId(),
    project,
    location,
    createTimeMs: world.nowMs(),
    durationMs: settings.tuningDurationMs,
    plan: wire.jobPlan ?? 'succeed',
    request,
    labels: request.labels ?? {},
    ...(displayName === undefined ? {} : { displayName }),
    ...(request.description === undefined ? {} : { description: request.description }),
    baseModel,
    modelId: goesOn ? before.modelId : newId(),
    modelVersion: goesOn ? before.latestVersion + 1 : 1,
    modelDeleted: false,
    modelUpdates: {},
    endpointIds: Array.from({ length: checkpoints }, newId),
    endpointLocation: settings.endpointLocation === 'serving' ? servingLocation(location) : location,
    ...(data.fault === undefined ? {} : { dataFault: data.fault }),
    stats: data.stats,
    behaviour: takePreset(presets, { displayName, baseModel }),
  };
}

function list(world: World, { params, query }: WireRequest): Reply {
  const { project = '', location = '' } = params;
  const here = world.store.current.jobs.filter(
    (job) => sameProject(job.project, project) && job.location === location,
  );
  // Newest first, as Google lists them.
  const wanted = filterJobs(here, query.get('filter') ?? '').reverse();
  const { items, nextPageToken } = pageOf(wanted, {
    pageToken: query.get('pageToken'),
    pageSize: query.get('pageSize'),
    largest: world.settings().maxPageSize,
  });
  return jsonReply({
    ...(items.length > 0 ? { tuningJobs: items.map((job) => jobResource(world, job)) } : {}),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  });
}

async function cancel(world: World, request: WireRequest): Promise<Reply> {
  const job = findJob(world, request);
  const state = currentStatuses(world).get(job.id)?.state ?? '';
  if (isTerminal(state)) {
    throw invalidArgument(`The tuning job is in state ${state} and can't be cancelled.`);
  }
  job.cancelTimeMs ??= world.nowMs();
  await world.store.save();
  return jsonReply({});
}

function findJob(world: World, { params }: WireRequest): JobRecord {
  const { project = '', location = '', job: id } = params;
  const job = world.store.current.jobs.find(
    (entry) => entry.id === id && entry.location === location && sameProject(entry.project, project),
  );
  if (job === undefined) {
    throw notFound(`TuningJob projects/${project}/locations/${location}/tuningJobs/${id} not found.`);
  }
  return job;
}

/** Nineteen digits, as Google's ids have. */
function newId(): string {
  const digits = () => String(randomInt(0, 1_000_000_000)).padStart(9, '0');
  return `${randomInt(1, 9)}${digits()}${digits()}`;
}
