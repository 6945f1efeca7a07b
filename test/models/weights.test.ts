import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { nextTunedName } from '../../src/models/version-name.ts';
import { activated, deactivated, heaviest, sameWeights } from '../../src/models/weights.ts';

const names = ['base', 'newer', 'tuned-1', 'tuned-2'];
/** Weights of some versions that add up to 100. */
const weights = fc
  .array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: names.length })
  .map((parts) => {
    const total = parts.reduce((sum, part) => sum + part, 0);
    const whole = parts.map((part) => Math.floor((part * 100) / total));
    const missing = 100 - whole.reduce((sum, part) => sum + part, 0);
    return Object.fromEntries(whole.map((part, i) => [names[i], i === 0 ? part + missing : part]));
  });
const sumOf = (all: Record<string, number>) => Object.values(all).reduce((sum, weight) => sum + weight, 0);

describe('weights', () => {
  it('add up to 100 after any activation, with the version at its weight', () => {
    fc.assert(
      fc.property(
        weights,
        fc.constantFrom(...names),
        fc.integer({ min: 1, max: 99 }),
        (before, name, percent) => {
          const after = activated(before, name, percent);
          expect(sumOf(after)).toBe(100);
          const isAlone = Object.entries(before).every(([other, weight]) => other === name || weight === 0);
          expect(after[name]).toBe(isAlone ? 100 : percent);
        },
      ),
    );
  });

  it('leave the rest with the version that had most', () => {
    expect(activated({ base: 70, newer: 30 }, 'tuned-1', 10)).toEqual({ 'tuned-1': 10, base: 90 });
    expect(activated({ base: 70, newer: 30 }, 'base', 20)).toEqual({ base: 20, newer: 80 });
    expect(activated({ base: 70, newer: 30 }, 'tuned-1', 100)).toEqual({ 'tuned-1': 100 });
  });

  it('add up to 100 after any deactivation, with the version at 0', () => {
    fc.assert(
      fc.property(weights, fc.constantFrom(...names), (before, name) => {
        fc.pre(before[name] !== 100);
        const after = deactivated(before, name);
        expect(sumOf(after)).toBe(100);
        expect(after[name] ?? 0).toBe(0);
      }),
    );
  });

  it('are refused when the only active version would go', () => {
    expect(() => deactivated({ base: 100 }, 'base')).toThrow(
      expect.objectContaining({ code: 'last_active' }),
    );
  });

  it('are compared by version, a missing one being 0', () => {
    expect(sameWeights({ base: 100 }, { base: 100, newer: 0 })).toBe(true);
    expect(sameWeights({ base: 90, newer: 10 }, { base: 100 })).toBe(false);
  });

  it('name the heaviest version, of equals the first in the alphabet', () => {
    expect(heaviest({ newer: 50, base: 50 })).toBe('base');
    expect(heaviest({})).toBeUndefined();
  });
});

describe('the name of a tuned version', () => {
  it('counts up past every name that was ever used', () => {
    expect(nextTunedName('gemini-3.5-flash-lite', [])).toBe('gemini-3.5-flash-lite-ft-001');
    expect(nextTunedName('gemini', ['gemini-ft-001', 'gemini-ft-007', 'other-ft-020', 'gemini-ft-x'])).toBe(
      'gemini-ft-008',
    );
    expect(nextTunedName('gemini', ['gemini-ft-999'])).toBe('gemini-ft-1000');
  });
});
