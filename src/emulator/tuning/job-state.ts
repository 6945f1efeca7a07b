import type { JobState, TuningJobState } from '@google/genai';
import type { JobRecord, jobPlans } from './job-record.ts';

export type JobPlan = (typeof jobPlans)[number];

/** The part of a job that its state depends on; times in milliseconds since the epoch. */
export type JobFacts = Pick<JobRecord, 'id' | 'project' | 'createTimeMs' | 'durationMs' | 'plan'> & {
  cancelTimeMs?: number | undefined;
  dataFault?: string | undefined;
};

export interface JobStatus {
  readonly state: `${JobState}`;
  readonly detail?: `${TuningJobState}`;
  readonly startTimeMs?: number;
  readonly endTimeMs?: number;
  readonly updateTimeMs: number;
  readonly error?: { code: number; message: string };
}

/** When a job holds one of its project's slots; `slotMs` is infinite for one that never gets any. */
interface Timeline {
  readonly slotMs: number;
  readonly endMs: number;
  readonly end: Pick<JobStatus, 'state' | 'error'>;
}

/** Shares of a job's duration at which its phases begin. */
const share = { pending: 0.05, processed: 0.2, postProcessing: 0.9 } as const;
const cancelTakesMs = 500;

/**
 * Every job's status at an instant, derived from the jobs alone: in the order of creation each takes the
 * first free slot of its project, so that the same facts give the same states after any restart.
 */
export function jobStatuses(
  jobs: readonly JobFacts[],
  { concurrentJobs, nowMs }: { concurrentJobs: number; nowMs: number },
): Map<string, JobStatus> {
  const slots = new Map<string, number[]>();
  const statuses = new Map<string, JobStatus>();
  const inOrder = [...jobs].sort(
    (left, right) => left.createTimeMs - right.createTimeMs || (left.id < right.id ? -1 : 1),
  );
  for (const job of inOrder) {
    const freeAt = slots.get(job.project) ?? Array<number>(concurrentJobs).fill(0);
    slots.set(job.project, freeAt);
    const slot = freeAt.indexOf(Math.min(...freeAt));
    const timeline = timelineOf(job, freeAt[slot] ?? 0);
    if (Number.isFinite(timeline.slotMs)) freeAt[slot] = timeline.endMs;
    statuses.set(job.id, statusAt(job, timeline, nowMs));
  }
  return statuses;
}

function timelineOf(job: JobFacts, freeAtMs: number): Timeline {
  const slotMs = Math.max(job.createTimeMs + job.durationMs * share.pending, freeAtMs);
  const natural = naturalEnd(job, slotMs);
  const cancelled = cancelledEnd(job);
  if (cancelled === undefined || cancelled.endMs >= natural.endMs) return { slotMs, ...natural };
  const waited = job.cancelTimeMs !== undefined && job.cancelTimeMs < slotMs;
  return { slotMs: waited ? Number.POSITIVE_INFINITY : slotMs, ...cancelled };
}

function naturalEnd(job: JobFacts, slotMs: number): Omit<Timeline, 'slotMs'> {
  const after = (part: number) => slotMs + job.durationMs * (part - share.pending);
  if (job.dataFault !== undefined) {
    return { endMs: after(share.processed), end: failed(3, job.dataFault) };
  }
  switch (job.plan) {
    case 'fail':
      return { endMs: after(0.5), end: failed(13, 'Internal error occurred. Please retry the tuning job.') };
    case 'expire':
      return { endMs: after(1), end: { state: 'JOB_STATE_EXPIRED' } };
    case 'be-cancelled':
      return { endMs: after(0.5), end: cancelledState };
    case 'never-end':
      return { endMs: Number.POSITIVE_INFINITY, end: { state: 'JOB_STATE_RUNNING' } };
    default:
      return { endMs: after(1), end: { state: 'JOB_STATE_SUCCEEDED' } };
  }
}

const cancelledState: Timeline['end'] = {
  state: 'JOB_STATE_CANCELLED',
  error: { code: 1, message: 'The tuning job was cancelled.' },
};

/** Cancelling is asynchronous and best effort: it takes a moment, and a job may succeed all the same. */
function cancelledEnd(job: JobFacts): Omit<Timeline, 'slotMs'> | undefined {
  if (job.cancelTimeMs === undefined || job.plan === 'ignore-cancel') return undefined;
  return { endMs: job.cancelTimeMs + cancelTakesMs, end: cancelledState };
}

function failed(code: number, message: string): Timeline['end'] {
  return { state: 'JOB_STATE_FAILED', error: { code, message } };
}

function statusAt(job: JobFacts, timeline: Timeline, nowMs: number): JobStatus {
  const runningMs = job.createTimeMs + job.durationMs * share.pending;
  if (nowMs >= timeline.endMs) {
    return {
      ...timeline.end,
      ...(runningMs < timeline.endMs ? { startTimeMs: runningMs } : {}),
      endTimeMs: timeline.endMs,
      updateTimeMs: timeline.endMs,
    };
  }
  const started = nowMs >= runningMs ? { startTimeMs: runningMs } : {};
  if (job.cancelTimeMs !== undefined && nowMs >= job.cancelTimeMs) {
    return { state: 'JOB_STATE_CANCELLING', ...started, updateTimeMs: job.cancelTimeMs };
  }
  if (nowMs < runningMs) return { state: 'JOB_STATE_PENDING', updateTimeMs: job.createTimeMs };
  return { state: 'JOB_STATE_RUNNING', ...started, ...phaseAt(job, timeline.slotMs, nowMs) };
}

function phaseAt(
  job: JobFacts,
  slotMs: number,
  nowMs: number,
): Pick<JobStatus, 'updateTimeMs'> & { detail: `${TuningJobState}` } {
  const processedMs = slotMs + job.durationMs * (share.processed - share.pending);
  const postMs = slotMs + job.durationMs * (share.postProcessing - share.pending);
  const runningMs = job.createTimeMs + job.durationMs * share.pending;
  if (nowMs < slotMs) return { detail: 'TUNING_JOB_STATE_WAITING_FOR_QUOTA', updateTimeMs: runningMs };
  if (nowMs < processedMs) return { detail: 'TUNING_JOB_STATE_PROCESSING_DATASET', updateTimeMs: slotMs };
  if (nowMs < postMs) return { detail: 'TUNING_JOB_STATE_TUNING', updateTimeMs: processedMs };
  return { detail: 'TUNING_JOB_STATE_POST_PROCESSING', updateTimeMs: postMs };
}

/** Whether a job in this state stays in it. */
export function isTerminal(state: string): boolean {
  return /^JOB_STATE_(SUCCEEDED|PARTIALLY_SUCCEEDED|FAILED|CANCELLED|EXPIRED)$/.test(state);
}
