import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeLook, spoken } from '../../src/tuning/wait.ts';

const JOB = 'projects/p/locations/us-central1/tuningJobs/42';
const HOUR = 3_600_000;
const wait = { job: JOB, waitedMs: 3 * HOUR + 600_000, timeoutMs: 24 * HOUR, pollIntervalMs: 300_000 };

describe('a look at a running job', () => {
  test('tells an operator the job, its state and the time', () => {
    const look = judgeLook({ state: 'running', detail: 'running, processing dataset' }, wait);
    expect(look).toEqual({
      kind: 'wait',
      delayMs: 300_000,
      message: 'job 42: running, processing dataset, 3 h 10 min of at most 24 h',
    });
  });

  test('sets the next look on the deadline itself when that is nearer than the interval', () => {
    const look = judgeLook(
      { state: 'running', detail: 'running' },
      { ...wait, waitedMs: 24 * HOUR - 60_000 },
    );
    expect(look).toMatchObject({ kind: 'wait', delayMs: 60_000 });
  });

  test('always comes to a look exactly at the deadline, and gives up there', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 0, max: 1e7 }),
        (pollIntervalMs, timeoutMs) => {
          fc.pre(timeoutMs / pollIntervalMs < 10_000);
          let waitedMs = 0;
          for (;;) {
            const look = judgeLook(
              { state: 'running', detail: 'running' },
              { job: JOB, waitedMs, timeoutMs, pollIntervalMs },
            );
            if (look.kind !== 'wait') {
              expect(look).toMatchObject({ kind: 'failed', type: 'TuningTimedOut' });
              expect(waitedMs).toBe(timeoutMs);
              return;
            }
            expect(look.delayMs).toBeGreaterThan(0);
            waitedMs += look.delayMs;
          }
        },
      ),
    );
  });

  test('counts a job that is done at the deadline', () => {
    const done = { state: 'succeeded', tunedModel: 'models/1@1', endpoint: 'endpoints/7' } as const;
    expect(judgeLook(done, { ...wait, waitedMs: wait.timeoutMs })).toMatchObject({ kind: 'succeeded' });
  });

  test('does not give up on a job that waits for its quota, however long', () => {
    const look = judgeLook(
      { state: 'waiting_for_quota', detail: 'running, waiting for quota' },
      { ...wait, waitedMs: 100 * HOUR },
    );
    expect(look).toMatchObject({ kind: 'wait', delayMs: 300_000 });
  });
});

test.each([
  [{ state: 'failed', message: 'line 3 is no JSON' }, 'TuningFailed', 'job 42 failed: line 3 is no JSON'],
  [{ state: 'expired', message: 'too old' }, 'TuningFailed', 'job 42 expired: too old'],
  [{ state: 'cancelled', message: 'by hand' }, 'TuningCancelled', 'job 42 was cancelled at Google: by hand'],
  [
    { state: 'incomplete', detail: 'succeeded, its endpoint is not there yet' },
    'TuningFailed',
    'job 42: succeeded, its endpoint is not there yet; nothing can be called',
  ],
] as const)('a job that ended as %j fails the night as %s', (status, type, message) => {
  expect(judgeLook(status, wait)).toEqual({ kind: 'failed', type, message });
});

test.each([
  [250, '250 ms'],
  [0, '0 s'],
  [5_000, '5 s'],
  [300_000, '5 min'],
  [11_400_000, '3 h 10 min'],
  [86_400_000, '24 h'],
])('%d ms are spoken as "%s"', (ms, words) => {
  expect(spoken(ms)).toBe(words);
});
