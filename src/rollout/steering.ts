import type { Client, WorkflowHandle } from '@temporalio/client';
import { AppError, isAppError } from '../errors.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import { TASK_QUEUE } from '../platform/temporal/task-queue.ts';
import {
  metricsSignal,
  type OpeningView,
  ROLLOUT_WORKFLOW,
  ROLLOUT_WORKFLOW_ID,
  type RolloutStart,
  type SteerAnswer,
  type SteerInput,
} from './messages.ts';
import { headline } from './narrate.ts';
import { REFUSED } from './refused.ts';
import type { CommandName } from './steer.ts';
import type { RolloutView } from './view.ts';

export interface SteeringDeps {
  temporal: Pick<Temporal, 'call'>;
  taskQueue?: string;
}

export type Steering = ReturnType<typeof createSteering>;

/** Talks to the one running rollout through Temporal; every call is answered within five seconds. */
export function createSteering({ temporal, taskQueue = TASK_QUEUE }: SteeringDeps) {
  return {
    /** Starts the workflow, unless one runs under its id: then the candidate waits. */
    start: (start: RolloutStart): Promise<'started' | 'waiting'> =>
      temporal.call((client) => startWorkflow(client, start, taskQueue)),
    /** Sends a command as an update. @throws AppError `stale`, `rollout_ended`, `temporal_unavailable` */
    steer: async (command: CommandName, input: SteerInput): Promise<SteerAnswer> => {
      try {
        return await temporal.call((client) => update(client, command, input));
      } catch (error) {
        throw refusalIn(error) ?? error;
      }
    },
    /** @throws AppError `rollout_ended`, `temporal_unavailable` */
    metrics: async (sample: Record<string, unknown>): Promise<void> => {
      try {
        await temporal.call((client) => handleOf(client).signal(metricsSignal, sample));
      } catch (error) {
        throw refusalIn(error) ?? error;
      }
    },
    /** The state of the running rollout as it tells it itself. */
    state: (): Promise<RolloutView | OpeningView> =>
      temporal
        .call((client) => handleOf(client).query<RolloutView | OpeningView>('state'))
        .catch((error: unknown) => {
          throw refusalIn(error) ?? unanswered(error);
        }),
  };
}

async function startWorkflow(
  client: Client,
  start: RolloutStart,
  taskQueue: string,
): Promise<'started' | 'waiting'> {
  try {
    await client.workflow.start(ROLLOUT_WORKFLOW, {
      workflowId: ROLLOUT_WORKFLOW_ID,
      taskQueue,
      args: [start],
      staticSummary: headline({
        candidate: start.candidate,
        baseline: start.baseline ?? 'the heaviest version',
        stages: start.stages ?? [],
      }),
    });
    return 'started';
  } catch (error) {
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') return 'waiting';
    throw error;
  }
}

function handleOf(client: Client): WorkflowHandle {
  return client.workflow.getHandle(ROLLOUT_WORKFLOW_ID);
}

function update(client: Client, command: CommandName, input: SteerInput): Promise<SteerAnswer> {
  return handleOf(client).executeUpdate<SteerAnswer, [SteerInput]>(command, { args: [input] });
}

/** Temporal may be there and every worker away. */
function unanswered(error: unknown): unknown {
  if (!isAppError(error) || error.code !== 'temporal_unavailable') return error;
  return new AppError(
    error.code,
    'Neither Temporal nor a worker answered for the rollout; nothing was done',
    {
      ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
      cause: error,
    },
  );
}

/** What the workflow's validator refused, or a rollout that is gone, as an error of the table. */
function refusalIn(error: unknown): AppError | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'WorkflowNotFoundError') {
    return new AppError('rollout_ended', 'No rollout is running', { cause: error });
  }
  const { cause } = error;
  const type = cause instanceof Error && 'type' in cause ? cause.type : undefined;
  if (type === REFUSED.stale || type === REFUSED.ended) {
    return new AppError(type, cause instanceof Error ? cause.message : error.message, { cause: error });
  }
  return undefined;
}
