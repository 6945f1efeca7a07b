import { describe, expect, test } from '@jest/globals';
import { rolloutInput } from '../../src/rollout/input.ts';
import { aPlan, DEFAULT_GATE } from './builders.ts';

describe('The plan', () => {
  test('excludes a disaster first, decides at 50 %, bakes at 100 %', () => {
    expect(aPlan().stages).toEqual([
      { percent: 10, rule: 'exclude-disaster', margin: 0.2 },
      { percent: 50, rule: 'decide', margin: 0.1 },
      { percent: 100, rule: 'bake', margin: null },
    ]);
    expect(aPlan().comparedStages).toBe(2);
  });

  test('lets the compared stage nearest 50 % decide and later ones watch', () => {
    const rules = (stages: readonly number[]) => aPlan({ stages }).stages.map(({ rule }) => rule);
    expect(rules([10, 50, 95, 100])).toEqual(['exclude-disaster', 'decide', 'watch-harm', 'bake']);
    expect(rules([5, 20, 100])).toEqual(['exclude-disaster', 'decide', 'bake']);
    expect(rules([100])).toEqual(['bake']);
  });

  test('takes what the input leaves out from the settings', () => {
    expect(aPlan({ gate: { alpha: 0.01, minSamples: undefined } }).gate).toEqual({
      ...DEFAULT_GATE,
      alpha: 0.01,
    });
  });
});

describe('The input of a rollout', () => {
  test('is read with durations as the settings write them', () => {
    const input = { candidate: 'm-ft-001', gate: { minDuration: '90s', bake: '2h', require: 'no-worse' } };
    expect(rolloutInput.parse(input)).toMatchObject({
      candidate: 'm-ft-001',
      gate: { minDurationMs: 90_000, bakeMs: 7_200_000, require: 'no-worse' },
    });
  });

  test.each([
    { title: 'no candidate', input: {}, field: 'candidate' },
    { title: 'stages that fall', input: { candidate: 'm', stages: [50, 10, 100] }, field: 'stages' },
    {
      title: 'stages that do not end with 100',
      input: { candidate: 'm', stages: [10, 50] },
      field: 'stages',
    },
    { title: 'a gate key that is none', input: { candidate: 'm', gate: { margin: 1 } }, field: 'gate' },
    {
      title: 'a duration without a unit',
      input: { candidate: 'm', gate: { bake: '90' } },
      field: 'gate.bake',
    },
    { title: 'an alpha of 5', input: { candidate: 'm', gate: { alpha: 5 } }, field: 'gate.alpha' },
    {
      title: 'no thumbs at all',
      input: { candidate: 'm', gate: { minSamples: 0 } },
      field: 'gate.minSamples',
    },
  ])('is refused with its field: $title', ({ input, field }) => {
    const { error } = rolloutInput.safeParse(input);
    expect(error?.issues.map((issue) => issue.path.join('.'))).toContain(field);
  });
});
