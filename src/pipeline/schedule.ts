import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleOptions as TemporalScheduleOptions,
} from '@temporalio/client';
import type { Log } from '../log.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import { SettingsError } from '../settings/parse.ts';
import type { Settings } from '../settings/table.ts';
import { PIPELINE_SCHEDULE, PIPELINE_WORKFLOW } from './messages.ts';

export interface ScheduleOptions {
  temporal: Pick<Temporal, 'call'>;
  taskQueue: string;
  settings: Pick<Settings, 'feedbackExportSchedule' | 'feedbackExportTimezone' | 'feedbackExportEnabled'>;
  log: Log;
  /** Another schedule id, for tests that share a server. */
  scheduleId?: string;
}

/** The note of a pause that the setting made; any other note is a person's, and is left alone. */
export const PAUSED_BY_SETTING = 'FEEDBACK_EXPORT_ENABLED=false: set it to true, or run the pipeline by hand';
/** A night that was missed for longer is not caught up: the next one takes its thumbs as well. */
const CATCHUP_WINDOW_MS = 23 * 3_600_000;

type Spec = Required<Pick<TemporalScheduleOptions, 'spec' | 'action' | 'policies'>>;

/**
 * Makes the nightly Schedule, or changes it where the settings say something else than it does. An operator's pause
 * stays. An update carries no conflict token, so it is sent only on a difference.
 * @throws SettingsError when the server does not take the cron expression or the time zone
 */
export async function ensureSchedule(options: ScheduleOptions): Promise<void> {
  const spec = specOf(options);
  if (await create(spec, options)) return;
  await update(spec, options);
}

/** When the next night begins; undefined while the schedule is paused or not there. */
export async function nextRun(
  temporal: Pick<Temporal, 'call'>,
  scheduleId = PIPELINE_SCHEDULE,
): Promise<Date | undefined> {
  const { state, info } = await temporal.call((client) => client.schedule.getHandle(scheduleId).describe());
  return state.paused ? undefined : info.nextActionTimes[0];
}

function specOf({ taskQueue, settings, scheduleId = PIPELINE_SCHEDULE }: ScheduleOptions): Spec {
  const { feedbackExportSchedule: cron, feedbackExportTimezone: timezone } = settings;
  return {
    spec: { cronExpressions: [cron], timezone },
    action: {
      type: 'startWorkflow',
      workflowType: PIPELINE_WORKFLOW,
      workflowId: scheduleId,
      taskQueue,
      args: [],
      // Crons come back compiled: this text is what tells whether the schedule is still as the settings say.
      staticSummary: `Feedback pipeline, ${cron} ${timezone}`,
    },
    policies: { overlap: 'BUFFER_ONE', catchupWindow: CATCHUP_WINDOW_MS },
  };
}

/** False when one is there already. */
async function create(spec: Spec, options: ScheduleOptions): Promise<boolean> {
  const { settings, log, scheduleId = PIPELINE_SCHEDULE } = options;
  const paused = !settings.feedbackExportEnabled;
  const state = paused ? { paused, note: PAUSED_BY_SETTING } : { paused };
  try {
    await send(options, (client) => client.schedule.create({ scheduleId, ...spec, state }));
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
  log.info({ event: 'pipeline.schedule_created', schedule: scheduleId }, `Schedule ${scheduleId} made`);
  return true;
}

async function update(spec: Spec, options: ScheduleOptions): Promise<void> {
  const { temporal, settings, log, scheduleId = PIPELINE_SCHEDULE } = options;
  const handleOf = (client: Client) => client.schedule.getHandle(scheduleId);
  const now = await temporal.call((client) => handleOf(client).describe());
  if (differs(now, spec)) {
    await send(options, (client) =>
      // The whole spec anew: one that was spread from the old would run at both times.
      handleOf(client).update(({ state }) => ({ ...spec, state })),
    );
    log.info({ event: 'pipeline.schedule_updated', schedule: scheduleId }, `Schedule ${scheduleId} changed`);
  }
  if (!settings.feedbackExportEnabled && !now.state.paused) {
    await temporal.call((client) => handleOf(client).pause(PAUSED_BY_SETTING));
  }
  if (settings.feedbackExportEnabled && now.state.paused && now.state.note === PAUSED_BY_SETTING) {
    await temporal.call((client) => handleOf(client).unpause('FEEDBACK_EXPORT_ENABLED=true'));
  }
}

function differs({ action, policies }: ScheduleDescription, spec: Spec): boolean {
  return (
    action.staticSummary !== spec.action.staticSummary ||
    action.taskQueue !== spec.action.taskQueue ||
    policies.overlap !== spec.policies.overlap ||
    policies.catchupWindow !== spec.policies.catchupWindow
  );
}

/** Sends a spec. The SDK answers one that the server does not take with a TypeError that says what is wrong. */
async function send<T>(
  { temporal, settings }: ScheduleOptions,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  try {
    return await temporal.call(work);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'TypeError') throw error;
    const { feedbackExportSchedule: cron, feedbackExportTimezone: zone } = settings;
    throw new SettingsError(
      `FEEDBACK_EXPORT_SCHEDULE is ${JSON.stringify(cron)} with FEEDBACK_EXPORT_TIMEZONE ${JSON.stringify(zone)}, which Temporal refuses: ${error.message}`,
    );
  }
}
