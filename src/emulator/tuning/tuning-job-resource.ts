import type { WireTuningJob } from '../wire/wire-types.ts';
import type { World } from '../world.ts';
import type { JobRecord } from './job-record.ts';
import type { JobStatus } from './job-state.ts';
import { currentStatuses, endpointName, modelName, parentName } from './tuned-models.ts';

/** A job as Vertex AI shows it now; int64 are strings, unknown times are left out. */
export function jobResource(world: World, job: JobRecord): WireTuningJob {
  const status = currentStatuses(world).get(job.id);
  const isDone = status?.state === 'JOB_STATE_SUCCEEDED';
  return {
    name: `${parentName(world, job.project, job.location)}/tuningJobs/${job.id}`,
    createTime: time(job.createTimeMs),
    ...(status === undefined ? {} : statusFields(status)),
    ...repeated(job),
    ...(job.displayName === undefined ? {} : { tunedModelDisplayName: job.displayName }),
    ...(job.description === undefined ? {} : { description: job.description }),
    ...(Object.keys(job.labels).length > 0 ? { labels: job.labels } : {}),
    ...(isDone ? { ...results(world, job), ...dataStats(job) } : {}),
  } satisfies WireTuningJob;
}

function statusFields(status: JobStatus): WireTuningJob {
  return {
    state: status.state,
    updateTime: time(status.updateTimeMs),
    ...(status.detail === undefined ? {} : { tuningJobState: status.detail }),
    ...(status.startTimeMs === undefined ? {} : { startTime: time(status.startTimeMs) }),
    ...(status.endTimeMs === undefined ? {} : { endTime: time(status.endTimeMs) }),
    ...(status.error === undefined ? {} : { error: status.error }),
  } satisfies WireTuningJob;
}

/** What the request said of base and spec, with its numbers as the strings that int64 are in answers. */
function repeated({ request }: JobRecord): object {
  const fields = [
    'baseModel',
    'preTunedModel',
    'supervisedTuningSpec',
    'preferenceOptimizationSpec',
    'serviceAccount',
  ];
  const text = JSON.stringify(
    Object.fromEntries(fields.flatMap((name) => (name in request ? [[name, request[name]]] : []))),
    (key, value) => (['epochCount', 'batchSize'].includes(key) ? String(value) : value),
  );
  return JSON.parse(text);
}

function results(world: World, job: JobRecord): WireTuningJob {
  const endpoints = job.endpointIds.map((id) => endpointName(world, job, id));
  const last = endpoints.at(-1);
  const withEndpoint = job.plan !== 'succeed-without-endpoint';
  const perCheckpoint = Math.max(1, Math.ceil(job.stats.steps / endpoints.length));
  return {
    experiment: `${parentName(world, job.project, job.location)}/metadataStores/default/contexts/tuning-experiment-${job.id}`,
    tunedModel: {
      model: modelName(world, job),
      ...(withEndpoint && last !== undefined
        ? {
            endpoint: last,
            checkpoints: endpoints.map((endpoint, index) => ({
              checkpointId: String(index + 1),
              epoch: String(index + 1),
              step: String(Math.min(job.stats.steps, perCheckpoint * (index + 1))),
              endpoint,
            })),
          }
        : {}),
    },
  } satisfies WireTuningJob;
}

function dataStats({ stats, request }: JobRecord): WireTuningJob {
  const common = {
    tuningDatasetExampleCount: String(stats.examples),
    tuningStepCount: String(stats.steps),
    totalBillableTokenCount: String(stats.tokens),
    ...(stats.dropped.length > 0 ? { droppedExampleReasons: stats.dropped.map(({ reason }) => reason) } : {}),
  };
  const indices = stats.dropped.slice(0, 10).map(({ index }) => String(index));
  if ('preferenceOptimizationSpec' in request) {
    const dropped = indices.length > 0 ? { droppedExampleIndices: indices } : {};
    return {
      tuningDataStats: { preferenceOptimizationDataStats: { ...common, ...dropped } },
    } satisfies WireTuningJob;
  }
  return {
    tuningDataStats: {
      supervisedTuningDataStats: {
        ...common,
        totalTuningCharacterCount: String(stats.characters),
        totalTruncatedExampleCount: String(stats.dropped.length),
        ...(indices.length > 0 ? { truncatedExampleIndices: indices } : {}),
      },
    },
  } satisfies WireTuningJob;
}

function time(atMs: number): string {
  return new Date(atMs).toISOString();
}
