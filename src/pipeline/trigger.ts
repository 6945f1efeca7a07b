import type { ScheduleDescription, ScheduleHandle } from '@temporalio/client';
import { AppError } from '../errors.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import { PIPELINE_SCHEDULE } from './messages.ts';

export interface StartedRun {
  workflowId: string;
  runId: string;
}

export interface TriggerDeps {
  temporal: Pick<Temporal, 'call'>;
  links: WebUiLinks;
  scheduleId?: string;
}

const BETWEEN_LOOKS_MS = 100;
/** The server takes a trigger within a second or so. */
const LONGEST_MS = 3_000;

/**
 * Runs the pipeline now, through its Schedule, so that the nightly run and one by hand know of each other.
 * The server answers a trigger with nothing: what it did is read from the Schedule's counters.
 * @throws AppError `already_running`, with the running one's link
 */
export function createTrigger({ temporal, links, scheduleId = PIPELINE_SCHEDULE }: TriggerDeps) {
  let last: Promise<unknown> = Promise.resolve();

  async function trigger(): Promise<StartedRun> {
    const outcome = await temporal.call((client) => triggerOnce(client.schedule.getHandle(scheduleId)));
    if (outcome.kind === 'started') return outcome.run;
    const { workflowId, runId } = outcome.run ?? {};
    throw new AppError('already_running', 'A pipeline is running already', {
      details: {
        workflow_id: workflowId,
        run_id: runId,
        web_ui_url: workflowId && links.workflow(workflowId, runId),
      },
    });
  }

  return {
    /** One at a time in this process, so that of two callers at once one is told of the other's run. */
    trigger: (): Promise<StartedRun> => {
      const mine = last.then(trigger, trigger);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}

type Outcome = { kind: 'started'; run: StartedRun } | { kind: 'running'; run: StartedRun | undefined };

async function triggerOnce(handle: ScheduleHandle): Promise<Outcome> {
  const before = await handle.describe();
  const running = runningOf(before);
  if (running) return { kind: 'running', run: running };
  // Without a policy given here a trigger ignores the Schedule's own and starts a second one.
  await handle.trigger('SKIP');
  const deadline = Date.now() + LONGEST_MS;
  while (Date.now() < deadline) {
    await new Promise((done) => setTimeout(done, BETWEEN_LOOKS_MS));
    const now = await handle.describe();
    if (now.info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) {
      return { kind: 'running', run: runningOf(now) };
    }
    const started = newestOf(now);
    if (started && now.info.numActionsTaken > before.info.numActionsTaken)
      return { kind: 'started', run: started };
  }
  throw new AppError(
    'temporal_unavailable',
    'Temporal took the trigger but has not started the pipeline yet',
    {
      retryAfterSeconds: 5,
    },
  );
}

function runningOf({ info }: ScheduleDescription): StartedRun | undefined {
  return asRun(info.runningActions[0]);
}

function newestOf({ info }: ScheduleDescription): StartedRun | undefined {
  const newestFirst = [...info.recentActions].sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  return asRun(newestFirst[0]?.action);
}

function asRun(
  action: ScheduleDescription['info']['runningActions'][number] | undefined,
): StartedRun | undefined {
  return action && { workflowId: action.workflow.workflowId, runId: action.workflow.firstExecutionRunId };
}
