import { describe, expect, test } from '@jest/globals';
import { checkDelayMs, next } from '../../src/rollout/next.ts';
import { type Observing, type RolloutState, type Standing, standingOf } from '../../src/rollout/state.ts';
import { refusalOf } from '../../src/rollout/steer.ts';
import {
  aJudgement,
  aPlan,
  command,
  DAY,
  figuresLost,
  HARM,
  type Happening,
  HOLD,
  HOUR,
  judgedAs,
  played,
  SAFE,
  START,
} from './builders.ts';
import { EVENTS, quiet, set, WAYS } from './ways.ts';

/** The table of states and events: the standing after each event. `next` means the next stage's weights are set. */
const TABLE: Readonly<Record<Standing, Readonly<Record<keyof typeof EVENTS, Standing | 'next'>>>> = {
  starting: row('starting', { pause: 'paused', promote: 'next', rollback: 'rolling-back' }),
  'minimum-time': row('minimum-time', {
    pause: 'paused',
    promote: 'next',
    rollback: 'rolling-back',
    harm: 'rolling-back',
    'safe, in time': 'next',
    timeout: 'rolling-back',
    'figures lost': 'holding',
  }),
  evaluating: row('evaluating', {
    pause: 'paused',
    promote: 'next',
    rollback: 'rolling-back',
    harm: 'rolling-back',
    'safe, early': 'next',
    'safe, in time': 'next',
    timeout: 'rolling-back',
    'figures lost': 'holding',
  }),
  holding: row('holding', {
    pause: 'paused',
    promote: 'next',
    rollback: 'rolling-back',
    harm: 'rolling-back',
    // A judgement without a hold is the data that clears it.
    'safe, early': 'next',
    'safe, in time': 'next',
    timeout: 'rolling-back',
  }),
  paused: row('paused', {
    resume: 'evaluating',
    promote: 'next',
    rollback: 'rolling-back',
    harm: 'rolling-back',
  }),
  'bake-at-100': row('bake-at-100', {
    pause: 'paused',
    promote: 'completed',
    rollback: 'rolling-back',
    harm: 'rolling-back',
    timeout: 'completed',
    'figures lost': 'holding',
  }),
  'rolling-back': row('rolling-back', {}),
  'rolled-back': row('rolled-back', {}),
  completed: row('completed', {}),
};

function row(otherwise: Standing, changes: Partial<Record<keyof typeof EVENTS, Standing | 'next'>>) {
  const names = Object.keys(EVENTS).map((name) => [name, otherwise]);
  return { ...Object.fromEntries(names), ...changes };
}

const CELLS = Object.entries(TABLE).flatMap(([from, cells]) =>
  Object.entries(cells).map(([event, to]) => ({
    from: from as Standing,
    event: event as keyof typeof EVENTS,
    to,
  })),
);

describe('The table of states and events', () => {
  test.each(Object.keys(WAYS) as Standing[])('has a way into %s', (standing) => {
    expect(standingOf(played(WAYS[standing]), aPlan())).toBe(standing);
  });

  test.each(CELLS)('$from, $event: $to', ({ from, event, to }) => {
    const before = played(WAYS[from]);
    const state = played([...WAYS[from], EVENTS[event]]);
    if (to === 'next') {
      expect(state.stageIndex).toBe(before.stageIndex + 1);
      expect(state.phase).toBe('moving');
      expect(standingOf(state, aPlan())).toBe('starting');
      return;
    }
    expect(standingOf(state, aPlan())).toBe(to);
    expect(state.stageIndex).toBe(before.stageIndex);
  });
});

describe('A rollout', () => {
  test('remembers a passed verdict and advances once the minimum time is over', () => {
    const early = played([set, judgedAs(SAFE, -HOUR)]);
    expect(standingOf(early, aPlan())).toBe('minimum-time');
    const later = played([set, judgedAs(SAFE, -HOUR), quiet]);
    expect(later.stageIndex).toBe(1);
  });

  test('does not advance while a hold stands, however good the verdict', () => {
    const state = played([set, quiet, judgedAs({ ...SAFE, hold: HOLD.hold })]);
    expect(standingOf(state, aPlan())).toBe('holding');
  });

  test('is rolled back for harm in a hold and in a pause', () => {
    expect(played([set, judgedAs(HOLD), judgedAs({ ...HARM, hold: HOLD.hold })]).phase).toBe('rolling-back');
    expect(played([set, command('pause'), judgedAs(HARM)]).phase).toBe('rolling-back');
  });

  test('stops its age clock while paused and goes on from there', () => {
    const observing = played([set, quiet, command('pause'), quiet, quiet, quiet, command('resume')]);
    expect(observing).toMatchObject({ phase: 'observing', ageMs: 2 * HOUR });
  });

  test('stops its age clock while figures cannot be read', () => {
    const state = played([set, quiet, figuresLost, figuresLost, figuresLost, quiet]);
    expect(state).toMatchObject({ phase: 'observing', ageMs: 2 * HOUR, missedChecks: 0, hold: null });
  });

  test('counts missed checks and says no-evidence meanwhile', () => {
    const state = played([set, quiet, figuresLost, figuresLost, figuresLost]);
    expect(state).toMatchObject({ verdict: 'no-evidence', missedChecks: 3, hold: { cause: 'no-figures' } });
  });

  test('says how many ratings were missing when its longest time rolls it back', () => {
    const missing = judgedAs(aJudgement({ missing: 'about 340 more ratings at this pace' }), 15 * DAY);
    expect(played([set, missing]).reason).toContain('about 340 more ratings');
  });

  test.each([
    { onTimeout: 'pause' as const, phase: 'observing', standing: 'paused' },
    { onTimeout: 'promote' as const, phase: 'moving', standing: 'starting' },
  ])('does $onTimeout at its longest time when told so', ({ onTimeout, phase, standing }) => {
    const plan = aPlan({ gate: { onTimeout } });
    const state = played([set, EVENTS.timeout], plan);
    expect(state.phase).toBe(phase);
    expect(standingOf(state, plan)).toBe(standing);
  });

  test('gets its longest time once more when a person resumes after it', () => {
    const plan = aPlan({ gate: { onTimeout: 'pause' } });
    const state = played([set, EVENTS.timeout, command('resume'), quiet], plan);
    expect(standingOf(state, plan)).toBe('evaluating');
  });

  test('makes a bake without figures longer, at most by its own length, then waits for a person', () => {
    const bake = WAYS['bake-at-100'];
    const lost = Array<Happening>(24).fill(figuresLost);
    expect(standingOf(played([...bake, ...lost]), aPlan())).toBe('holding');
    expect(standingOf(played([...bake, ...lost, figuresLost]), aPlan())).toBe('paused');
  });

  test('ignores a check that was under way when its stage ended', () => {
    const stale = (_: RolloutState, atMs: number) =>
      ({ type: 'judged', atMs, stageIndex: 0, judgement: HARM }) as const;
    expect(played([set, command('promote'), set, stale]).phase).toBe('observing');
  });

  test('is rolled back when its workflow is cancelled', () => {
    const cancelled: Happening = (_, atMs) => ({ type: 'cancelled', atMs });
    expect(played([set, cancelled])).toMatchObject({ phase: 'rolling-back', ending: { by: 'cancel' } });
  });

  test('looks again in time for the end of the shortest and the longest time', () => {
    const plan = aPlan({ gate: { checkIntervalMs: 5 * HOUR, minDurationMs: HOUR } });
    const state = played([set], plan) as Observing;
    expect(checkDelayMs(state, plan)).toBe(HOUR);
    expect(checkDelayMs({ ...state, ageMs: HOUR }, plan)).toBe(5 * HOUR);
    expect(checkDelayMs({ ...state, ageMs: 14 * DAY - 7 }, plan)).toBe(7);
  });

  test('keeps every decision with who made it, numbered', () => {
    const state = played([
      set,
      command('pause', 'lunch'),
      command('promote', 'all is well'),
      set,
      command('rollback'),
    ]);
    expect(state.records.map(({ number, what, source }) => [number, what, source])).toEqual([
      [1, 'paused', 'hand'],
      [2, 'advanced', 'hand'],
      [3, 'rolling-back', 'hand'],
    ]);
    expect(state.records[0]?.reason).toContain('lunch');
  });
});

describe('Steering', () => {
  test.each([
    { way: WAYS.paused, asked: command('pause'), said: 'already paused' },
    { way: WAYS.evaluating, asked: command('resume'), said: 'not paused; nothing was done' },
    { way: WAYS['rolling-back'], asked: command('rollback'), said: 'already being rolled back' },
  ])('twice changes nothing and says so: $said', ({ way, asked, said }) => {
    const state = played(way);
    const event = typeof asked === 'function' ? asked(state, START) : asked;
    const step = next(state, event, aPlan());
    expect(step.state).toBe(state);
    expect(step.said).toContain(said);
  });

  test('refuses what was meant for another stage, and everything after the end', () => {
    const refused = (way: readonly Happening[], expectedStage: number | null) =>
      refusalOf(played(way), aPlan(), { command: 'promote', expectedStage })?.code;
    expect(refused(WAYS.evaluating, 50)).toBe('stale');
    expect(refused(WAYS.evaluating, 10)).toBeUndefined();
    expect(refused(WAYS.evaluating, null)).toBeUndefined();
    expect(refused(WAYS['rolling-back'], null)).toBe('rollout_ended');
    expect(refused(WAYS.completed, null)).toBe('rollout_ended');
    expect(refused(WAYS['rolled-back'], 10)).toBe('rollout_ended');
  });
});
