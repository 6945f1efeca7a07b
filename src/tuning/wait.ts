import type { TuningStatus } from './tuner.ts';

/** How a failed tuning is called in the workflow's failure and in the Web UI. */
export type TuningFailureType = 'TuningFailed' | 'TuningCancelled' | 'TuningTimedOut';

export interface Wait {
  job: string;
  /** Time since the job has its place at Google. */
  waitedMs: number;
  timeoutMs: number;
  pollIntervalMs: number;
}

/** What one look at a job means for the wait. Messages are written for an operator. */
export type Look =
  | { kind: 'succeeded'; tunedModel: string; endpoint: string }
  | { kind: 'wait'; delayMs: number; message: string }
  | { kind: 'failed'; type: TuningFailureType; message: string };

/** The next look falls on the deadline itself, so that a job done in the last minute counts. */
export function judgeLook(status: TuningStatus, wait: Wait): Look {
  const name = shortName(wait.job);
  switch (status.state) {
    case 'succeeded':
      return { kind: 'succeeded', tunedModel: status.tunedModel, endpoint: status.endpoint };
    case 'cancelled':
      return {
        kind: 'failed',
        type: 'TuningCancelled',
        message: `${name} was cancelled at Google: ${status.message}`,
      };
    case 'failed':
    case 'expired':
      return { kind: 'failed', type: 'TuningFailed', message: `${name} ${status.state}: ${status.message}` };
    case 'incomplete':
      return {
        kind: 'failed',
        type: 'TuningFailed',
        message: `${name}: ${status.detail}; nothing can be called`,
      };
    case 'waiting_for_quota':
      return {
        kind: 'wait',
        delayMs: wait.pollIntervalMs,
        message: `${name}: ${status.detail}. Google tunes one job of a project at a time; the wait counts from when it has its turn`,
      };
    case 'running':
      return keepWaiting(status.detail, wait);
  }
}

function keepWaiting(detail: string, { job, waitedMs, timeoutMs, pollIntervalMs }: Wait): Look {
  const name = shortName(job);
  if (waitedMs >= timeoutMs) {
    return {
      kind: 'failed',
      type: 'TuningTimedOut',
      message: `${name} is not done after ${spoken(timeoutMs)} (${detail}); TUNING_TIMEOUT sets the limit`,
    };
  }
  return {
    kind: 'wait',
    delayMs: Math.min(pollIntervalMs, timeoutMs - waitedMs),
    message: `${name}: ${detail}, ${spoken(waitedMs)} of at most ${spoken(timeoutMs)}`,
  };
}

/** `projects/p/locations/l/tuningJobs/42` → `job 42` */
export function shortName(job: string): string {
  return `job ${job.split('/').at(-1)}`;
}

/** 11400000 → `3 h 10 min`; short spans in seconds. */
export function spoken(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return ms > 0 && ms < 1000 ? `${ms} ms` : `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
}
