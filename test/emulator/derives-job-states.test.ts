import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jobPlans } from '../../src/emulator/tuning/job-record.ts';
import { isTerminal, type JobFacts, jobStatuses } from '../../src/emulator/tuning/job-state.ts';

const job = fc.record({
  project: fc.constantFrom('p', 'q'),
  createTimeMs: fc.integer({ min: 0, max: 10_000 }),
  durationMs: fc.integer({ min: 0, max: 10_000 }),
  plan: fc.constantFrom(...jobPlans),
  cancelAfterMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
  dataFault: fc.option(fc.constant('Line 1: broken.'), { nil: undefined }),
});
const jobs = fc.array(job, { minLength: 1, maxLength: 8 }).map((drawn) =>
  drawn.map(
    ({ cancelAfterMs, ...facts }, index): JobFacts => ({
      ...facts,
      id: String(index),
      cancelTimeMs: cancelAfterMs === undefined ? undefined : facts.createTimeMs + cancelAfterMs,
    }),
  ),
);
const order = ['PENDING', 'RUNNING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'EXPIRED'];
const rank = (state: string) => Math.min(3, order.indexOf(state.replace('JOB_STATE_', '')));

test('a state never goes back, and a final one stays as it is', () => {
  fc.assert(
    fc.property(jobs, fc.integer({ min: 1, max: 3 }), (facts, concurrentJobs) => {
      const history = Array.from({ length: 40 }, (_, step) =>
        jobStatuses(facts, { concurrentJobs, nowMs: step * 1500 }),
      );
      for (const { id } of facts) {
        const states = history.map((statuses) => statuses.get(id));
        const ranks = states.map((status) => rank(status?.state ?? ''));
        expect(ranks).toEqual([...ranks].sort());
        const ended = states.filter((status) => isTerminal(status?.state ?? ''));
        expect(new Set(ended.map((status) => JSON.stringify(status))).size).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 50 },
  );
});

test('no more jobs of a project work at once than its quota allows', () => {
  fc.assert(
    fc.property(
      jobs,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 60_000 }),
      (facts, concurrentJobs, nowMs) => {
        const statuses = jobStatuses(facts, { concurrentJobs, nowMs });
        for (const project of ['p', 'q']) {
          const working = facts.filter((entry) => {
            const detail = statuses.get(entry.id)?.detail;
            return (
              entry.project === project &&
              detail !== undefined &&
              detail !== 'TUNING_JOB_STATE_WAITING_FOR_QUOTA'
            );
          });
          expect(working.length).toBeLessThanOrEqual(concurrentJobs);
        }
      },
    ),
  );
});

test('a job that nothing disturbs succeeds after its duration to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 86_400_000 }), (durationMs) => {
      const facts: JobFacts[] = [{ id: '1', project: 'p', createTimeMs: 0, durationMs, plan: 'succeed' }];
      const at = (nowMs: number) => jobStatuses(facts, { concurrentJobs: 1, nowMs }).get('1')?.state;
      expect(at(durationMs - 1)).toBe('JOB_STATE_RUNNING');
      expect(at(durationMs)).toBe('JOB_STATE_SUCCEEDED');
    }),
  );
});

test('later jobs do not change what an earlier one does', () => {
  fc.assert(
    fc.property(jobs, fc.integer({ min: 0, max: 60_000 }), (facts, nowMs) => {
      const sorted = [...facts].sort((left, right) => left.createTimeMs - right.createTimeMs);
      const options = { concurrentJobs: 1, nowMs };
      const all = jobStatuses(sorted, options);
      const first = jobStatuses(sorted.slice(0, 1), options);
      const id = sorted[0]?.id ?? '';
      expect(all.get(id)).toEqual(first.get(id));
    }),
  );
});
