import { createHash } from 'node:crypto';
import type { JobRecord } from './job-record.ts';
import { type JobStatus, jobStatuses } from './job-state.ts';
import type { World } from './world.ts';

/** Every job's status now, by job id. */
export function currentStatuses(world: World): Map<string, JobStatus> {
  const { jobs, settings } = world.store.current;
  return jobStatuses(jobs, { concurrentJobs: settings.concurrentJobs, nowMs: world.nowMs() });
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
  const byNumber = world.store.current.settings.projectInNames === 'number';
  return `projects/${byNumber ? projectNumber(project) : project}/locations/${location}`;
}

export function modelName(world: World, job: JobRecord): string {
  return `${parentName(world, job.project, job.location)}/models/${job.modelId}@${job.modelVersion}`;
}

export function endpointName(world: World, job: JobRecord, endpointId: string): string {
  return `${parentName(world, job.project, job.endpointLocation)}/endpoints/${endpointId}`;
}
