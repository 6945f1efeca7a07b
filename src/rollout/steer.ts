import type { RolloutPlan } from './plan.ts';
import { REFUSED } from './refused.ts';
import { isFinal, type Moving, type Observing, type RolloutState, stageOf } from './state.ts';
import { advance, type Cause, pause, resume, startRollback } from './transitions.ts';

export const COMMANDS = ['pause', 'resume', 'promote', 'rollback'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** What a person asks for, by signal or update. */
export interface Command {
  readonly type: CommandName;
  readonly atMs: number;
  readonly reason: string | null;
}

/** The state after an event, and what happened, as a sentence for whoever asked. */
export interface Step {
  readonly state: RolloutState;
  readonly said: string;
}

export interface Refusal {
  readonly code: typeof REFUSED.stale | typeof REFUSED.ended;
  readonly message: string;
}

/** Why an update can't be taken; null when it can. `expectedStage` is the percentage its sender saw. */
export function refusalOf(
  state: RolloutState,
  plan: RolloutPlan,
  asked: { command: CommandName; expectedStage: number | null },
): Refusal | null {
  const { command, expectedStage } = asked;
  if (isFinal(state)) {
    const ending = state.phase === 'completed' ? 'the candidate was promoted' : 'it was rolled back';
    return {
      code: REFUSED.ended,
      message: `the rollout has ended (${ending}); ${command} changes nothing`,
    };
  }
  if (state.phase === 'rolling-back' && command === 'promote') {
    return { code: REFUSED.ended, message: 'the rollout is being rolled back and cannot be promoted' };
  }
  const { percent } = stageOf(state, plan);
  if (expectedStage === null || expectedStage === percent) return null;
  return {
    code: REFUSED.stale,
    message: `${command} was meant for the ${expectedStage} % stage, but the rollout is at ${percent} %`,
  };
}

/** Does what a person asked. Idempotent: asking twice changes nothing more and says so. */
export function steer(state: RolloutState, plan: RolloutPlan, command: Command): Step {
  if (isFinal(state)) return { state, said: 'the rollout has ended; nothing was done' };
  if (state.phase === 'rolling-back') {
    return { state, said: 'the rollout is already being rolled back; nothing was done' };
  }
  return HANDLERS[command.type](state, plan, command);
}

type Handler = (state: Moving | Observing, plan: RolloutPlan, command: Command) => Step;

const HANDLERS: Readonly<Record<CommandName, Handler>> = {
  pause: (state, plan, { atMs, reason }) => {
    if (state.pauses.some(({ cause }) => cause === 'by-hand')) return { state, said: 'already paused' };
    const text = `paused by hand${because(reason)}`;
    return { state: pause(state, plan, { cause: 'by-hand', sinceMs: atMs, text }), said: text };
  },
  resume: (state, plan, command) => {
    if (state.pauses.length > 0) {
      const cause = byHand(command, 'resumed by hand');
      return { state: resume(state, plan, cause), said: cause.text };
    }
    const held = state.phase === 'observing' && state.hold !== null;
    const said = held
      ? 'not paused: the stage is held by its figures, and only better figures or promote lift that'
      : 'not paused; nothing was done';
    return { state, said };
  },
  promote: (state, plan, command) => {
    const held = state.phase === 'observing' && state.hold !== null;
    const warning = held && command.reason === null ? ' in spite of a hold, without a reason given' : '';
    const cause = byHand(command, `promoted by hand${warning}`);
    if (state.phase === 'moving' && stageOf(state, plan).rule === 'bake') {
      return { state, said: 'already on the way to 100 %; promote again once it is there to end the bake' };
    }
    return { state: advance(state, plan, cause), said: cause.text };
  },
  rollback: (state, plan, command) => {
    const cause = byHand(command, 'rolled back by hand');
    return { state: startRollback(state, plan, cause), said: cause.text };
  },
};

function byHand({ atMs, reason }: Command, what: string): Cause {
  return { atMs, source: 'hand', text: `${what}${because(reason)}` };
}

function because(reason: string | null): string {
  return reason === null ? '' : `: ${reason}`;
}
