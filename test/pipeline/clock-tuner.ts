import { activityInfo } from '@temporalio/activity';
import type { Tuner, TuningStatus } from '../../src/tuning/tuner.ts';

const JOB = 'projects/p/locations/us-central1/tuningJobs/42';

export interface JobPlan {
  /** By the server's clock, from the job's creation; Infinity = never. */
  endsAfterMs: number;
  /** Waits for its quota so long first. */
  quotaMs?: number;
  end?: TuningStatus;
  /** Called before each look at the job. */
  onLook?: (looks: number) => Promise<void>;
}

export interface ClockTuner extends Tuner {
  readonly job: string;
  readonly seen: { creations: number; looks: number; cancels: number };
}

/** Tunes by the Temporal server's clock, since an emulator's own can't be skipped. */
export function createClockTuner({ endsAfterMs, quotaMs = 0, end, onLook }: JobPlan): ClockTuner {
  const seen = { creations: 0, looks: 0, cancels: 0 };
  let createdAtMs: number | undefined;
  let cancelled = false;
  const job = JOB.replace('42', String(Math.floor(Math.random() * 1e9)));

  const done: TuningStatus = end ?? {
    state: 'succeeded',
    tunedModel: `${job}/model@1`,
    endpoint: `${job}/endpoint`,
  };

  function status(): TuningStatus {
    const sinceMs = activityInfo().currentAttemptScheduledTimestampMs - (createdAtMs ?? 0);
    if (cancelled) return { state: 'cancelled', message: 'by request' };
    if (sinceMs < quotaMs) return { state: 'waiting_for_quota', detail: 'running, waiting for quota' };
    return sinceMs >= endsAfterMs ? done : { state: 'running', detail: 'running, tuning' };
  }

  return {
    job,
    seen,
    whyUnavailable: () => undefined,
    findTuningJob: async () => (createdAtMs === undefined ? undefined : { job, status: status() }),
    createTuningJob: async () => {
      seen.creations += 1;
      createdAtMs = activityInfo().currentAttemptScheduledTimestampMs;
      return { job, status: status() };
    },
    getTuningJobStatus: async () => {
      seen.looks += 1;
      await onLook?.(seen.looks);
      return status();
    },
    cancelTuningJob: async () => {
      seen.cancels += 1;
      cancelled = true;
    },
  };
}
