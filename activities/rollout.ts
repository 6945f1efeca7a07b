import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { type AppError, ERRORS, type FieldProblem, isAppError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import type { Registry } from '../src/models/registry.ts';
import { type CheckInput, type CheckResult, createCheck } from '../src/rollout/check.ts';
import type { FiguresStore } from '../src/rollout/figures-store.ts';
import { type RolloutRequest, rolloutInput } from '../src/rollout/input.ts';
import type { OpenedRollout } from '../src/rollout/opened.ts';
import { createOpening } from '../src/rollout/opening.ts';
import type { PlanDefaults } from '../src/rollout/plan.ts';
import { REFUSED } from '../src/rollout/refused.ts';
import type { RolloutRecord } from '../src/rollout/state.ts';
import type { Closing, Progress, RolloutStore } from '../src/rollout/store.ts';
import type { StrataStore } from '../src/rollout/strata-store.ts';
import { createTrafficSetter, type TrafficOutcome } from '../src/rollout/traffic-setter.ts';

export interface RolloutActivityDeps {
  registry: Registry;
  store: RolloutStore;
  strata: StrataStore;
  figures: FiguresStore;
  defaults: PlanDefaults;
  /** False where the search attributes could not be registered. */
  searchAttributes: boolean;
  log: Log;
}

/** Decisions to write down; every activity of a rollout takes those that have come up since the last. */
interface WithRecords {
  readonly rolloutId: string;
  readonly records: readonly RolloutRecord[];
}

export interface OpenRolloutInput {
  /** The workflow's input as it came. */
  start: unknown;
  workflowId: string;
  /** First run of the chain: the same through continue-as-new. */
  runId: string;
}

export interface SetTrafficInput extends WithRecords {
  candidate: string;
  baseline: string;
  /** The candidate's share; 0 gives the baseline everything back. */
  percent: number;
  /** The generation that this change builds on. */
  generation: number;
  reason: string;
}

export interface JudgeInput extends WithRecords, CheckInput {
  progress: Progress;
}

export interface CloseRolloutInput extends WithRecords {
  closing: Closing;
}

export type RolloutActivities = ReturnType<typeof createRolloutActivities>;

/** What the rollout workflow does to the world. */
export function createRolloutActivities(deps: RolloutActivityDeps) {
  const { store, log } = deps;
  const check = createCheck(deps);
  const setTraffic = createTrafficSetter(deps);
  const open = createOpening({ ...deps, setTraffic });
  return {
    /**
     * Fills what the input leaves out and begins the rollout; run again, it gives what it gave before.
     * Fails for good when the input is wrong or a version is unknown.
     */
    openRollout: async ({ start, workflowId, runId }: OpenRolloutInput): Promise<OpenedRollout> => {
      const { rolloutId, request } = readStart(start);
      try {
        return await open({ id: rolloutId ?? randomUUID(), request, workflowId, runId });
      } catch (error) {
        throw isAppError(error) ? refusal(error) : error;
      }
    },

    /** Sets absolute weights against the generation that was seen; repeated, it changes nothing. */
    setTraffic: async (input: SetTrafficInput): Promise<TrafficOutcome> => {
      await store.record(input.rolloutId, input.records);
      return setTraffic(input);
    },

    /** One check: closes new strata, counts the settled minutes and asks the gate. */
    judge: async ({ progress, records, ...input }: JudgeInput): Promise<CheckResult> => {
      await store.record(input.rolloutId, records);
      const result = await check(input);
      const { verdict, reasons } = result.judgement;
      await store.progress(input.rolloutId, { ...progress, verdict, reason: reasons.join('; ') });
      return result;
    },

    /** Ends the row with its outcome. */
    closeRollout: async ({ rolloutId, records, closing }: CloseRolloutInput): Promise<void> => {
      await store.record(rolloutId, records);
      if (!(await store.close(rolloutId, closing))) return;
      log.info(
        { event: 'rollout.ended', rollout_id: rolloutId, outcome: closing.outcome, stage: closing.stage },
        `The rollout has ended: ${closing.outcome}`,
      );
    },
  };
}

function readStart(start: unknown): { rolloutId: string | undefined; request: RolloutRequest } {
  const { rolloutId, ...given } = isRecord(start) ? start : {};
  const parsed = rolloutInput.safeParse(given);
  if (!parsed.success) {
    const problems: FieldProblem[] = parsed.error.issues.map(({ path, message }) => ({
      field: path.join('.') || 'input',
      message,
    }));
    const told = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
    throw ApplicationFailure.nonRetryable(
      `The rollout's input is not valid: ${told}`,
      REFUSED.invalid,
      problems,
    );
  }
  return { rolloutId: typeof rolloutId === 'string' ? rolloutId : undefined, request: parsed.data };
}

/** A failure of the table in errors.ts ends the workflow, unless trying again can help. */
function refusal({ code, message, details }: AppError): ApplicationFailure {
  const nonRetryable = !ERRORS[code].retryable;
  return ApplicationFailure.create({ message, type: code, nonRetryable, details: [details] });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
