import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

const Row = z.object({
  code: z.string().trim().min(1),
  question: z.string().nullable(),
  language: z.string(),
  suits: z.array(z.enum(['explain', 'hint', 'tests', 'refactor_tips'])),
});

export interface Question {
  path: string;
  body: { code: string; language: string; question?: string };
}

/** Real coding questions without end, each asked in every way that it suits before one comes again. */
export function* questions(file: string): Generator<Question, never> {
  const rows = gunzipSync(readFileSync(file))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => Row.parse(JSON.parse(line)));
  for (let round = 0; ; round += 1) {
    for (const { code, question, language, suits } of rows) {
      const type = suits[round % suits.length] ?? 'explain';
      yield { path: `/api/v1/ai/${type}`, body: { code, language, ...(question ? { question } : {}) } };
    }
  }
}
