import { describe, expect, test } from '@jest/globals';
import { isMismatch, logMismatch } from '../../src/rollout/srm.ts';
import { SAMPLE_RATIOS } from './check-values.ts';
import { randomFrom } from './trial.ts';

describe('The sample ratio check', () => {
  test.each(SAMPLE_RATIOS.map((row) => ({ row, title: Object.values(row).join(',') })))(
    'agrees with ssrm-test for $title',
    ({ row }) => {
      const assigned = { candidate: row.n_c!, baseline: row.n_b! };
      const logBayesFactor = logMismatch(assigned, row.share_c!, row.concentration!);
      expect(logBayesFactor).toBeCloseTo(row.log_bf!, 8);
    },
  );

  test('calls a split of 12 % in place of 10 %, and leaves a sound one alone', () => {
    expect(isMismatch({ candidate: 1200, baseline: 8800 }, 0.1)).toBe(true);
    expect(isMismatch({ candidate: 1000, baseline: 9000 }, 0.1)).toBe(false);
  });

  test('holds hardly any sound rollout, however often it looks', () => {
    const random = randomFrom(7);
    const held = Array.from({ length: 300 }, () => everHeld(random)).filter(Boolean).length;
    expect(held / 300).toBeLessThanOrEqual(0.01);
  });
});

function everHeld(random: () => number): boolean {
  const assigned = { candidate: 0, baseline: 0 };
  for (let i = 1; i <= 5000; i++) {
    if (random() < 0.1) assigned.candidate++;
    else assigned.baseline++;
    if (i % 50 === 0 && isMismatch(assigned, 0.1)) return true;
  }
  return false;
}
