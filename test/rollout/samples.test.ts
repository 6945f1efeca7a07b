import { describe, expect, test } from '@jest/globals';
import {
  type Arrival,
  emptyLedger,
  enter,
  type Ledger,
  settle,
  startStage,
} from '../../src/rollout/ledger.ts';
import { parseSample } from '../../src/rollout/samples.ts';

const BEGAN = Date.UTC(2026, 10, 25, 12);
const MINUTE = 60_000;

function aSample(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    modelVersion: 'new',
    positives: 12,
    negatives: 8,
    requests: 40,
    errors: 1,
    window: 'PT5M',
    ...given,
  };
}

function enterAll(payloads: readonly unknown[], given: Partial<Arrival> = {}, from = emptyLedger()): Ledger {
  return payloads.reduce<Ledger>(
    (ledger, payload, i) =>
      enter(ledger, {
        payload,
        names: { candidate: 'new', baseline: 'old' },
        arrivedAtMs: BEGAN + (i + 1) * MINUTE,
        stageBeganAtMs: BEGAN,
        lonely: 'both-arms',
        ...given,
      }),
    from,
  );
}

function interval(fromMinute: number, toMinute: number): string {
  return [fromMinute, toMinute].map((minute) => new Date(BEGAN + minute * MINUTE).toISOString()).join('/');
}

describe('A metrics sample', () => {
  test.each([
    { window: '2026-11-25T12:00:00Z/2026-11-25T12:05:00Z' },
    { window: '2026-11-25T13:00:00+01:00/PT5M' },
    { window: 'PT5M/2026-11-25T12:05:00Z' },
    { window: '2026-11-25T12:00/2026-11-25T12:05' },
  ])('is read with the interval $window', ({ window }) => {
    expect(parseSample(aSample({ window }))).toMatchObject({
      ok: true,
      sample: { window: { kind: 'interval', startMs: BEGAN, endMs: BEGAN + 5 * MINUTE } },
    });
  });

  test.each(['PT5M', 'P1D', 'PT1.5S', '5m', '90s'])('is read with the bare duration %s', (window) => {
    expect(parseSample(aSample({ window }))).toMatchObject({
      ok: true,
      sample: { window: { kind: 'bare' } },
    });
  });

  test.each([
    { title: 'text', payload: 'hello' },
    { title: 'nothing', payload: undefined },
    { title: 'a list', payload: [] },
    { title: 'no version', payload: aSample({ modelVersion: undefined }) },
    { title: 'no window', payload: aSample({ window: undefined }) },
    { title: 'a window that ends before it starts', payload: aSample({ window: interval(5, 0) }) },
    { title: 'an empty duration', payload: aSample({ window: 'P' }) },
    { title: 'negative counts', payload: aSample({ positives: -1 }) },
    { title: 'half a thumb', payload: aSample({ negatives: 0.5 }) },
    { title: 'more errors than requests', payload: aSample({ errors: 41 }) },
  ])('is ignored and noted, not thrown, when it is $title', ({ payload }) => {
    const ledger = enterAll([payload]);
    expect(ledger).toMatchObject({ ignored: 1, counted: 0, waiting: [] });
    expect(ledger.notes[0]).toContain('ignored');
  });

  test('about a version of neither arm is ignored', () => {
    expect(enterAll([aSample({ modelVersion: 'other' })])).toMatchObject({ ignored: 1, waiting: [] });
  });
});

describe('Samples of both arms', () => {
  const both = (window: string, source = 'site') => [
    aSample({ window, source }),
    aSample({ window, source, modelVersion: 'old', positives: 100, negatives: 60, requests: 400, errors: 2 }),
  ];

  test('make a stratum of thumbs and one of errors, whichever comes first', () => {
    const stratum = {
      number: 1,
      thumbs: { nCandidate: 20, nBaseline: 160, xCandidate: 12, xBaseline: 100 },
      errors: { candidate: { requests: 40, incidents: 1 }, baseline: { requests: 400, incidents: 2 } },
    };
    expect(enterAll(both(interval(0, 5))).strata).toEqual([stratum]);
    expect(enterAll([...both(interval(0, 5))].reverse()).strata).toEqual([stratum]);
  });

  test('with bare durations pair in order of arrival', () => {
    const old = (positives: number) => aSample({ modelVersion: 'old', positives });
    const ledger = enterAll([aSample({ positives: 1 }), aSample({ positives: 2 }), old(3), old(4)]);
    expect(ledger.strata.map(({ thumbs }) => [thumbs.xCandidate, thumbs.xBaseline])).toEqual([
      [1, 3],
      [2, 4],
    ]);
  });

  test('pair only within a source and a window', () => {
    const ledger = enterAll([
      aSample({ window: interval(0, 5), source: 'a' }),
      aSample({ window: interval(0, 5), source: 'b', modelVersion: 'old' }),
      aSample({ window: interval(5, 10), source: 'a', modelVersion: 'old' }),
    ]);
    expect(ledger.strata).toEqual([]);
    expect(ledger.waiting).toHaveLength(3);
  });

  test('that end no later than the last counted are duplicates, counted once', () => {
    const ledger = enterAll([...both(interval(0, 5)), ...both(interval(0, 5)), ...both(interval(1, 4))]);
    expect(ledger).toMatchObject({ counted: 1, duplicates: 4 });
    expect(enterAll(both(interval(5, 10)), {}, ledger).counted).toBe(2);
  });

  test('of a sender that calls itself differently each time do not fill the state', () => {
    const many = Array.from({ length: 1_000 }, (_, n) =>
      aSample({ source: `run-${n}`, window: interval(0, 5) }),
    );
    const ledger = enterAll(many);
    expect(Object.keys(ledger.lastEndMs).length).toBeLessThanOrEqual(200);
    expect(enterAll(many.slice(-1), {}, ledger).duplicates).toBe(1);
  });

  test('of an interval that ended before the stage began are noted, not counted', () => {
    const ledger = enterAll(both(interval(-10, -5)));
    expect(ledger).toMatchObject({ counted: 0, ignored: 2 });
    expect(ledger.notes.join()).toContain('before this stage began');
  });

  test('do not pair across a change of the stage', () => {
    const [candidate, baseline] = both('PT5M');
    const ledger = enterAll([baseline], {}, startStage(enterAll([candidate])));
    expect(ledger.strata).toEqual([]);
  });

  test('are forgotten once a check has counted them', () => {
    const ledger = enterAll([...both(interval(0, 5)), ...both(interval(5, 10))]);
    expect(settle(ledger, 1).strata.map(({ number }) => number)).toEqual([2]);
  });
});

describe('One arm alone', () => {
  test('is shown and decides nothing', () => {
    const ledger = enterAll([aSample(), aSample({ positives: 3, negatives: 1 })]);
    expect(ledger.strata).toEqual([]);
    expect(ledger.reported.candidate).toMatchObject({ samples: 2, positives: 15, negatives: 9 });
  });

  test('counts for the guard over errors where no baseline is left', () => {
    const ledger = enterAll([aSample()], { lonely: 'candidate-alone' });
    expect(ledger.strata[0]?.errors?.candidate).toEqual({ requests: 40, incidents: 1 });
  });
});
