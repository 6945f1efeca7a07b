import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exampleLine } from '../../src/dataset/example.ts';
import { parseExportInput } from '../../src/dataset/export-input.ts';
import { exportFileName } from '../../src/dataset/file-name.ts';
import { exportDetails, exportSummary } from '../../src/dataset/narrate.ts';
import { pages } from '../../src/dataset/pages.ts';
import { MOST_TOKENS, problemOfLine, rejectionOf } from '../../src/dataset/preflight.ts';
import { BUCKETS, bucketOf, chooseSplit } from '../../src/dataset/split.ts';

const storable = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
const sayable = storable.filter((text) => text.trim() !== '');

describe('a training line', () => {
  it('is one line of JSON that gives back what was asked and answered, and passes the checks', () => {
    fc.assert(
      fc.property(sayable, sayable, (prompt, answer) => {
        const line = exampleLine({ prompt, answer });
        expect(line).not.toMatch(/[\n\r]/);
        expect(Object.keys(JSON.parse(line))).toEqual(['contents']);
        expect(JSON.parse(line)).toEqual({
          contents: [
            { role: 'user', parts: [{ text: prompt }] },
            { role: 'model', parts: [{ text: answer }] },
          ],
        });
        expect(problemOfLine(line)).toBeUndefined();
      }),
    );
  });

  it.each([
    ['', 'is blank'],
    ['\uFEFF{}', 'starts with a byte order mark'],
    ['{"contents":', 'is not JSON by itself'],
    ['"\uD800"', 'holds half of a surrogate pair'],
    ['{"contents":[{"role":"user","parts":[{"text":"a"}]}]}', 'does not hold turns in pairs'],
    [
      '{"contents":[{"role":"model","parts":[{"text":"a"}]},{"role":"user","parts":[{"text":"b"}]}]}',
      'turn 1 is not of the role user',
    ],
    [exampleLine({ prompt: 'a', answer: ' ' }), 'turn 2 has no text'],
    ['{"text_input":"a","output":"b"}', 'does not hold turns in pairs'],
  ])('that Gemini would refuse is told: %s', (line, problem) => {
    expect(problemOfLine(line)).toBe(problem);
  });

  it('is rejected when it is empty or longer than Gemini takes', () => {
    const longest = 'x'.repeat(MOST_TOKENS * 3 - 1);
    expect(rejectionOf({ prompt: 'a', answer: longest })).toBeUndefined();
    expect(rejectionOf({ prompt: 'ab', answer: longest })).toBe('too_long');
    expect(rejectionOf({ prompt: '\n', answer: 'a' })).toBe('empty');
  });
});

describe('the split', () => {
  const histogram = fc
    .array(fc.tuple(fc.nat(BUCKETS - 1), fc.nat(3_000)), { maxLength: 400 })
    .map((entries) => {
      const counts = new Uint32Array(BUCKETS);
      for (const [bucket, count] of entries) counts[bucket] = (counts[bucket] ?? 0) + count;
      return counts;
    });

  it('keeps Gemini’s rules for any set, and loses no example', () => {
    fc.assert(
      fc.property(histogram, (counts) => {
        const { training, validation, heldOutBelow } = chooseSplit(counts);
        const sum = (part: Uint32Array) => part.reduce((total, count) => total + count, 0);
        expect(validation).toBe(sum(counts.slice(0, heldOutBelow)));
        expect(training + validation).toBe(sum(counts));
        expect(validation).toBeLessThanOrEqual(5_000);
        expect(validation).toBeLessThanOrEqual(0.3 * training);
      }),
    );
  });

  it('holds out about a tenth of many prompts, the same ones each time', () => {
    const counts = new Uint32Array(BUCKETS);
    const buckets = Array.from({ length: 20_000 }, (_, at) => bucketOf(`Question ${at}`));
    for (const bucket of buckets) counts[bucket] = (counts[bucket] ?? 0) + 1;
    const { validation } = chooseSplit(counts);
    expect(validation / 20_000).toBeGreaterThan(0.09);
    expect(validation / 20_000).toBeLessThan(0.11);
    expect(bucketOf('Question 7')).toBe(buckets[7]);
  });

  it('trains on the only example there is', () => {
    const counts = new Uint32Array(BUCKETS);
    counts[0] = 1;
    expect(chooseSplit(counts)).toEqual({ heldOutBelow: 0, training: 1, validation: 0 });
  });
});

describe('paging', () => {
  it('gives every row once and in order, whatever their sizes', async () => {
    const sizes = fc.array(fc.nat(9_000_000), { maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(sizes, async (chars) => {
        const rows = chars.map((size, at) => ({ id: at * 2 + 1, size }));
        const seen: number[] = [];
        const read = async ({ afterId, limit }: { afterId: number; limit: number }) =>
          rows.filter(({ id }) => id > afterId).slice(0, limit);
        for await (const page of pages(read, ({ size }) => size)) seen.push(...page.map(({ id }) => id));
        expect(seen).toEqual(rows.map(({ id }) => id));
      }),
    );
  });
});

describe('the input of exportFeedback', () => {
  it.each([undefined, null, {}, { days: 1 }, { days: 3650, mark: false }, { mark: true }])(
    '%j is taken',
    (given) => {
      expect(parseExportInput(given)).toEqual({ ok: true, input: given ?? {} });
    },
  );

  it('is taken or told in words, never thrown at', () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        const parsed = parseExportInput(given);
        if (!parsed.ok) expect(parsed.problem).toMatch(/^The export was not started: .+ Give \{"days":7\}/s);
      }),
    );
  });
});

describe('the words for an export', () => {
  it('name the file by the second in UTC', () => {
    expect(exportFileName(new Date('2026-11-25T02:00:00.999Z'))).toBe(
      'feedback_export_20261125_020000.jsonl',
    );
  });

  it('say what is done and what came of it', () => {
    expect(exportSummary({ days: 1 })).toBe('export what is not yet exported of the last 1 day');
    expect(exportSummary({ mark: false })).toBe('write the liked answers of all time, mark nothing');
    const result = {
      outcome: 'exported' as const,
      batchId: 'b',
      fileName: 'feedback_export_20261125_020000.jsonl',
      rows: 3,
      positives: 2,
      leftBehind: 1,
      bytes: 10,
      sha256: 'abc',
    };
    expect(exportDetails({}, result)).toBe(
      [
        '**Task:** export all that is not yet exported',
        '**State:** done',
        '**File:** `feedback_export_20261125_020000.jsonl`',
        '**Rows:** 3, 2 of them liked answers in the file',
        '**Left behind by earlier nights:** 1',
        '**SHA-256:** `abc`',
      ].join('\n\n'),
    );
  });
});
