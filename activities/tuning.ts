import { activityInfo, heartbeat, sleep } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { TrainingSetStore } from '../src/dataset/training-set-store.ts';
import type { Log } from '../src/log.ts';
import {
  hasEnded,
  isTunerError,
  type Tuner,
  type TunerError,
  type TuningJob,
  type TuningRequest,
  type TuningStatus,
} from '../src/tuning/tuner.ts';
import { judgeLook, shortName, spoken } from '../src/tuning/wait.ts';

export interface TuningActivityDeps {
  tuner: Tuner;
  trainingSets: Pick<TrainingSetStore, 'markTuning'>;
  log: Log;
  /** Pause between the looks at a job that is about to settle. Default 1 s. */
  settleMs?: number;
}

export interface StartTuningInput extends TuningRequest {
  pollIntervalMs: number;
}

export interface AwaitTuningInput {
  job: string;
  pollIntervalMs: number;
  timeoutMs: number;
}

/** Looks at a job that says it succeeded without an endpoint, or that was just cancelled. */
const SETTLING_LOOKS = 20;
/** How long past the deadline an unreachable Google is asked for the last look. */
const GRACE_MS = 15 * 60_000;

/** The doors to tuning: what is retried, how long, and what an operator reads meanwhile is said here. */
export function createTuningActivities({ tuner, trainingSets, log, settleMs = 1000 }: TuningActivityDeps) {
  /**
   * Starts the job of a training set once; run again, it finds the one that is there. Waits for Google's quota.
   * @throws TuningFailed (not retried) when Google refuses
   */
  async function startTuning({ pollIntervalMs, ...request }: StartTuningInput): Promise<{ job: string }> {
    const { job } = await findOrCreate(request, pollIntervalMs);
    if ((await trainingSets.markTuning(request.trainingSetId, job)) === 'released') {
      await tuner.cancelTuningJob(job);
      throw ApplicationFailure.nonRetryable(
        `The training set of ${shortName(job)} was given up while the job was started; it was asked to end`,
        'TrainingSetReleased',
      );
    }
    log.info(
      { event: 'tuning.started', job, training_set_id: request.trainingSetId, base_model: request.baseModel },
      `Tuning of ${request.baseModel} started: ${job}`,
    );
    return { job };
  }

  async function findOrCreate(request: TuningRequest, pollIntervalMs: number): Promise<TuningJob> {
    try {
      const found = await tuner.findTuningJob(request.trainingSetId);
      return found ?? (await tuner.createTuningJob(request));
    } catch (error) {
      if (!isTunerError(error)) throw error;
      if (error.kind === 'refused') throw ApplicationFailure.nonRetryable(error.message, 'TuningFailed');
      if (error.kind === 'unclear') throw unreachable(error);
      const delayMs = Math.max(pollIntervalMs, error.retryAfterMs ?? 0);
      throw notYet('TuningQuotaTaken', `${error.message}. Asked again in ${spoken(delayMs)}`, delayMs);
    }
  }

  /**
   * One look at the job. "Not yet" is a failure that counts as no error and is retried at the next look's time.
   * Time is the server's, from the first attempt on; while Google lets the job wait for its quota it stands still.
   * @throws TuningFailed, TuningCancelled, TuningTimedOut (not retried)
   */
  async function awaitTuning(input: AwaitTuningInput): Promise<{ tunedModel: string; endpoint: string }> {
    const clock = readClock();
    const wait = { ...input, waitedMs: clock.nowMs - clock.countedFromMs };
    const status = await settledStatus(input.job, wait);
    heartbeat({ countedFromMs: status.state === 'waiting_for_quota' ? clock.nowMs : clock.countedFromMs });
    const look = judgeLook(status, wait);
    if (look.kind === 'wait') throw notYet('TuningJobRunning', look.message, look.delayMs);
    log.info({ event: `tuning.${look.kind}`, job: input.job }, `${shortName(input.job)} ${status.state}`);
    if (look.kind === 'failed') throw ApplicationFailure.nonRetryable(look.message, look.type);
    return { tunedModel: look.tunedModel, endpoint: look.endpoint };
  }

  async function settledStatus(
    job: string,
    wait: AwaitTuningInput & { waitedMs: number },
  ): Promise<TuningStatus> {
    try {
      return await lookUntil(job, ({ state }) => state !== 'incomplete');
    } catch (error) {
      if (!isTunerError(error)) throw error;
      if (error.kind === 'refused') throw ApplicationFailure.nonRetryable(error.message, 'TuningFailed');
      if (wait.waitedMs >= wait.timeoutMs + GRACE_MS) {
        throw ApplicationFailure.nonRetryable(
          `${shortName(job)} could not be looked at when its time was over. ${error.message}`,
          'TuningTimedOut',
        );
      }
      throw unreachable(error, nextLookMs(wait));
    }
  }

  /** Cancels the job of a training set, if one was started, and waits a moment for it to end. */
  async function cancelTuning({ trainingSetId }: { trainingSetId: string }): Promise<{ state: string }> {
    const found = await tuner.findTuningJob(trainingSetId);
    if (!found) return { state: 'never_started' };
    if (hasEnded(found.status)) return { state: found.status.state };
    await tuner.cancelTuningJob(found.job);
    const { state } = await lookUntil(found.job, hasEnded);
    log.info({ event: 'tuning.cancelled', job: found.job, state }, `Asked ${found.job} to end: ${state}`);
    return { state };
  }

  async function lookUntil(job: string, isSettled: (status: TuningStatus) => boolean): Promise<TuningStatus> {
    for (let looks = 1; ; looks += 1) {
      const status = await tuner.getTuningJobStatus(job);
      if (isSettled(status) || looks === SETTLING_LOOKS) return status;
      await sleep(settleMs);
    }
  }

  return { startTuning, awaitTuning, cancelTuning };
}

/** By the server's clock, so that all attempts agree, on whichever machine they run. */
function readClock(): { nowMs: number; countedFromMs: number } {
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs, heartbeatDetails } = activityInfo();
  const given: unknown = heartbeatDetails;
  const kept = typeof given === 'object' && given !== null ? Reflect.get(given, 'countedFromMs') : undefined;
  return {
    nowMs: currentAttemptScheduledTimestampMs,
    countedFromMs: typeof kept === 'number' ? kept : scheduledTimestampMs,
  };
}

function nextLookMs({
  waitedMs,
  timeoutMs,
  pollIntervalMs,
}: AwaitTuningInput & { waitedMs: number }): number {
  const leftMs = timeoutMs - waitedMs;
  return Math.min(pollIntervalMs, leftMs > 0 ? leftMs : 60_000);
}

function notYet(type: string, message: string, delayMs: number): ApplicationFailure {
  return ApplicationFailure.create({ type, message, category: 'BENIGN', nextRetryDelay: delayMs });
}

/** Says nothing of the job: asked again, with Google's own delay where it names one. */
function unreachable(error: TunerError, delayMs?: number): ApplicationFailure {
  const nextRetryDelay = error.retryAfterMs ?? delayMs;
  return ApplicationFailure.create({
    type: 'TuningUnreachable',
    message: error.message,
    ...(nextRetryDelay === undefined ? {} : { nextRetryDelay }),
  });
}
