import { createHash } from 'node:crypto';
import { notFound } from '../wire/errors.ts';
import type { World } from '../world.ts';
import type { JobRecord } from './job-record.ts';
import { type JobStatus, jobStatuses } from './job-state.ts';

/** Every job's status now, by job id. */
export function currentStatuses(world: World): Map<string, JobStatus> {
  const { concurrentJobs } = world.settings();
  return jobStatuses(world.store.current.jobs, { concurrentJobs, nowMs: world.nowMs() });
}

/** A project's number: twelve digits that follow from its id. */
export function projectNumber(project: string): string {
  if (/^\d+$/.test(project)) return project;
  const digest = createHash('sha256').update(project).digest().readUIntBE(0, 6);
  return String(100_000_000_000 + (digest % 900_000_000_000));
}

/** Whether two names, each an id or a number, mean the same project. */
export function sameProject(left: string, right: string): boolean {
  return projectNumber(left) === projectNumber(right);
}

/** `projects/…/locations/…` as answers name it. */
export function parentName(world: World, project: string, location: string): string {
  const byNumber = world.settings().projectInNames === 'number';
  return `projects/${byNumber ? projectNumber(project) : project}/locations/${location}`;
}

export function modelName(world: World, job: JobRecord): string {
  return `${parentName(world, job.project, job.location)}/models/${job.modelId}@${job.modelVersion}`;
}

export function endpointName(world: World, job: JobRecord, endpointId: string): string {
  return `${parentName(world, job.project, job.endpointLocation)}/endpoints/${endpointId}`;
}

export interface TunedVersion {
  readonly job: JobRecord;
  readonly modelId: string;
  readonly baseModel: string;
  readonly displayName: string | undefined;
  /** The highest version of the model, also of jobs still under way: numbers are given once. */
  readonly latestVersion: number;
}

/** A tuned model by its full name, `@version` optional (then the newest). Throws ApiFault NOT_FOUND. */
export function findTunedModel(world: World, name: string): TunedVersion {
  const match = /^projects\/([^/]+)\/locations\/([^/]+)\/models\/([^/@]+)(?:@([^/]+))?$/.exec(name);
  const [, project = '', location = '', modelId = '', version] = match ?? [];
  const statuses = currentStatuses(world);
  const versions = world.store.current.jobs.filter(
    (job) => job.modelId === modelId && job.location === location && sameProject(job.project, project),
  );
  const ready = versions.filter(
    (job) => statuses.get(job.id)?.state === 'JOB_STATE_SUCCEEDED' && !job.modelDeleted,
  );
  const job =
    version === undefined || version === 'default'
      ? ready.at(-1)
      : ready.find(({ modelVersion }) => String(modelVersion) === version);
  if (job === undefined) throw notFound(`The Model does not exist: ${name}`);
  return {
    job,
    modelId,
    baseModel: job.baseModel,
    displayName: job.displayName,
    latestVersion: Math.max(...versions.map(({ modelVersion }) => modelVersion)),
  };
}
