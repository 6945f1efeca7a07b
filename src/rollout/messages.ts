import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import { isUnreadable } from '../platform/temporal/unreadable.ts';
import type { CommandName } from './steer.ts';
import type { Outcome, RolloutView } from './view.ts';

/** The workflow's type, and its only id: the id is the lock, so that one rollout runs at a time. */
export const ROLLOUT_WORKFLOW = 'rollout';
export const ROLLOUT_WORKFLOW_ID = 'rollout';

/** The workflow's input. `rolloutId` is given by Thumbwheel itself when a row waits for it already. */
export interface RolloutStart {
  readonly candidate: string;
  readonly baseline?: string;
  readonly stages?: readonly number[];
  readonly gate?: Readonly<Record<string, unknown>>;
  readonly rolloutId?: string;
}

export interface RolloutResult {
  readonly outcome: Outcome;
  readonly rolloutId: string;
  readonly candidate: string;
  readonly baseline: string;
  /** The percentage it had reached. */
  readonly stage: number;
  readonly verdict: string;
  readonly reason: string;
}

/** What an update brings; signals bring a text, `{reason}` or nothing. */
export interface SteerInput {
  readonly reason?: string;
  /** The percentage its sender saw; the update is refused as stale when the rollout has moved on. */
  readonly expectedStage?: number;
}

/** What an update answers: what happened, and the state after it. */
export interface SteerAnswer {
  readonly said: string;
  readonly state: RolloutView;
}

/** What the query `state` gives before the rollout has opened. */
export interface OpeningView {
  readonly standing: 'opening';
  readonly candidate: string;
  readonly stage: 0;
  readonly weights: Readonly<Record<string, never>>;
  readonly paused: false;
  readonly verdict: 'no-evidence';
  readonly reason: string;
  readonly nextCheckAt: null;
}

export function openingView(candidate: string): OpeningView {
  return {
    standing: 'opening',
    candidate,
    stage: 0,
    weights: {},
    paused: false,
    verdict: 'no-evidence',
    reason: 'the plan is being settled',
    nextCheckAt: null,
  };
}

export const STEERING: Readonly<Record<CommandName, string>> = {
  pause: 'Freezes the weights; the gate goes on watching and harm still rolls back. Optional: a reason.',
  resume: 'Lifts every pause; the stage goes on where it stopped. Optional: a reason.',
  promote: 'One stage on now, resuming if paused; at 100 % it ends the bake. Optional: a reason.',
  rollback: 'Gives the baseline all traffic back and ends the rollout. Optional: a reason.',
};

export const METRICS =
  'Figures of one version over one window, from outside: {modelVersion, positives, negatives, requests, errors, latencyP95Ms, window, source?}';

export const pauseSignal = defineSignal<[unknown?]>('pause');
export const resumeSignal = defineSignal<[unknown?]>('resume');
export const promoteSignal = defineSignal<[unknown?]>('promote');
export const rollbackSignal = defineSignal<[unknown?]>('rollback');
export const metricsSignal = defineSignal<[unknown?]>('metrics');

export const pauseUpdate = defineUpdate<SteerAnswer, [SteerInput?]>('pause');
export const resumeUpdate = defineUpdate<SteerAnswer, [SteerInput?]>('resume');
export const promoteUpdate = defineUpdate<SteerAnswer, [SteerInput?]>('promote');
export const rollbackUpdate = defineUpdate<SteerAnswer, [SteerInput?]>('rollback');

export const stateQuery = defineQuery<RolloutView | OpeningView>('state');

/** The reason in a signal's or update's payload; anything but a text or `{reason}` counts as none. */
export function reasonOf(payload: unknown): string | null {
  const given = typeof payload === 'string' ? payload : fieldOf(payload, 'reason');
  return typeof given === 'string' && given.trim() !== '' ? given.trim().slice(0, LONGEST_REASON) : null;
}

export function expectedStageOf(payload: unknown): number | null {
  const given = fieldOf(payload, 'expectedStage');
  return typeof given === 'number' ? given : null;
}

/** A guard that can't be read must not be taken for none. */
export function hasUnreadableStage(payload: unknown): boolean {
  if (isUnreadable(payload)) return true;
  const given = fieldOf(payload, 'expectedStage');
  return given !== undefined && given !== null && typeof given !== 'number';
}

const LONGEST_REASON = 500;

function fieldOf(payload: unknown, name: string): unknown {
  return typeof payload === 'object' && payload !== null ? Reflect.get(payload, name) : undefined;
}
