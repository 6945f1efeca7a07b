import type { Standing } from '../../src/rollout/state.ts';
import {
  aJudgement,
  command,
  DAY,
  figuresLost,
  HARM,
  type Happening,
  HOLD,
  HOUR,
  judgedAs,
  restored,
  SAFE,
  trafficSet,
} from './builders.ts';

export const quiet = judgedAs(aJudgement());
export const set = trafficSet();

/** How to get into each state of the table. */
export const WAYS = {
  starting: [],
  'minimum-time': [set],
  evaluating: [set, quiet, quiet],
  holding: [set, quiet, judgedAs(HOLD)],
  paused: [set, quiet, command('pause')],
  'bake-at-100': [set, command('promote'), set, command('promote'), set],
  'rolling-back': [set, command('rollback')],
  'rolled-back': [set, command('rollback'), restored],
  completed: [set, command('promote'), set, command('promote'), set, command('promote')],
} as const satisfies Record<Standing, readonly Happening[]>;

export const EVENTS = {
  pause: command('pause'),
  resume: command('resume'),
  promote: command('promote'),
  rollback: command('rollback'),
  harm: judgedAs(HARM),
  'safe, early': judgedAs(SAFE, -HOUR),
  'safe, in time': judgedAs(SAFE, HOUR),
  timeout: judgedAs(aJudgement(), 15 * DAY),
  'figures lost': figuresLost,
} as const;
