import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { next } from '../../src/rollout/next.ts';
import { isFinal, openingState, weightsOf } from '../../src/rollout/state.ts';
import { aPlan, DAY, type Happening, HOLD, judgedAs, played, restored, START } from './builders.ts';
import { EVENTS, quiet, set, WAYS } from './ways.ts';

const anyEvent = fc.constantFrom<Happening>(
  ...Object.values(EVENTS),
  set,
  restored,
  judgedAs(HOLD),
  quiet,
  (_, atMs) => ({ type: 'cancelled', atMs }),
);
const anyStory = fc.array(anyEvent, { maxLength: 25 });
const rollout = { id: 'r', candidate: 'c', baseline: 'b', plan: aPlan() };

describe('Whatever happens', () => {
  test('the weights add up to 100', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const weights = Object.values(weightsOf(played(story), rollout));
        expect(weights.reduce((sum, percent) => sum + percent, 0)).toBe(100);
      }),
    );
  });

  test('a final state stays as it is', () => {
    fc.assert(
      fc.property(anyStory, anyStory, (story, more) => {
        const end = played([...WAYS.completed, ...story]);
        const back = played([...WAYS['rolled-back'], ...more]);
        expect([end.phase, back.phase]).toEqual(['completed', 'rolled-back']);
      }),
    );
  });

  test('every state but the final ones can be rolled back by hand', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const state = played(story);
        const rolledBack = next(
          state,
          { type: 'rollback', atMs: START + 400 * DAY, reason: null },
          aPlan(),
        ).state;
        expect(isFinal(state) ? rolledBack === state : rolledBack.phase === 'rolling-back').toBe(true);
      }),
    );
  });

  test('a state survives being written as JSON', () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const state = played(story);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
    );
  });

  test('the opening state has the baseline at 100', () => {
    expect(weightsOf(openingState(), rollout)).toEqual({ b: 100 });
  });
});
