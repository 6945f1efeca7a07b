import { describe, expect, test } from '@jest/globals';
import { emptyLedger } from '../../src/rollout/ledger.ts';
import { details, headline, sentence } from '../../src/rollout/narrate.ts';
import { viewOf } from '../../src/rollout/view.ts';
import { aPlan, command, type Happening, HOLD, judgedAs, played, SAFE, trafficSet } from './builders.ts';

const ROLLOUT = { id: 'r', candidate: 'm-ft-001', baseline: 'm', plan: aPlan() };

function viewAfter(events: readonly Happening[]) {
  return viewOf(ROLLOUT, played(events), emptyLedger());
}

describe('The story of a rollout', () => {
  test('says candidate, stage, weights, verdict and why, and the next check', () => {
    const planned: Happening = (_, atMs) => ({ type: 'check-planned', atMs });
    const told = details(viewAfter([trafficSet(), judgedAs(SAFE, -3_600_000), planned]));
    expect(told).toContain('**m-ft-001** at **10 %**');
    expect(told).toContain('Verdict: **safe**. A drop is excluded.');
    expect(told).toContain('Weights: m-ft-001 10 %, m 90 %');
    expect(told).toContain('Thumbs: candidate 0 of 0 up');
    expect(told).toMatch(/Next check: 2026-11-25T/);
  });

  test('names every reason for standing still', () => {
    const told = details(viewAfter([trafficSet(), command('pause', 'lunch'), judgedAs(HOLD)]));
    expect(told).toContain('Standing still: paused by hand: lunch');
    expect(told).toContain('Held: the split is off');
  });

  test('fits in one line for lists and logs', () => {
    const line = sentence(viewAfter([trafficSet(), command('rollback', 'no')]));
    expect(line).toBe('m-ft-001 at 10 %, being rolled back: no evidence, rolled back by hand: no');
    expect(headline({ candidate: 'a', baseline: 'b', stages: [10, 50, 100] })).toBe('a ← b, 10→50→100 %');
  });
});
