import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { fencedBlocks, normalise } from './prompt-text.ts';

const knownQuestion = z.object({
  id: z.string(),
  source: z.string(),
  group: z.string(),
  language: z.string(),
  question: z.string(),
  code: z.string(),
  solution: z.string().nullable(),
  tests: z.string().nullable(),
  licence: z.string(),
  buggy: z.boolean().optional(),
  description: z.string().optional(),
});

/** A row of the data set (data/README.md says what the fields mean). */
export type KnownQuestion = z.infer<typeof knownQuestion>;

export interface KnownQuestions {
  readonly rows: readonly KnownQuestion[];
  /** The row a prompt is about, by its fenced blocks first, else by text that stands in it unfenced. */
  find(prompt: string): KnownQuestion | undefined;
}

const fileName = 'code_questions.jsonl.gz';

/** Reads and indexes the data set: some 40 ms, so callers do it at the first question, once. */
export async function loadKnownQuestions(): Promise<KnownQuestions> {
  const text = await promisify(gunzip)(await readFile(dataFile()));
  const rows = text
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => knownQuestion.parse(JSON.parse(line)));
  return indexQuestions(rows);
}

/** Compiled files lie under dist/, the data stays beside the sources. */
function dataFile(): string {
  const beside = fileURLToPath(new URL(`../data/${fileName}`, import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL(`../../../../src/emulator/data/${fileName}`, import.meta.url));
}

export function indexQuestions(rows: readonly KnownQuestion[]): KnownQuestions {
  const askedBy = distinctQuestions(rows);
  const byText = new Map<string, KnownQuestion[]>();
  const byFirstLine = new Map<string, Array<{ text: string; row: KnownQuestion }>>();
  for (const row of rows) {
    for (const text of [normalise(row.code), askedBy.get(row)]) {
      if (text === undefined || text === '') continue;
      push(byText, text, row);
      push(byFirstLine, firstLine(text), { text, row });
    }
  }
  return {
    rows,
    find(prompt) {
      const fenced = fencedBlocks(prompt).flatMap((block) => byText.get(normalise(block)) ?? []);
      if (fenced.length > 0) return mostNamed(fenced);
      const whole = normalise(prompt);
      const inline = whole
        .split('\n')
        .flatMap((line) => byFirstLine.get(line.trim()) ?? [])
        .filter(({ text }) => whole.includes(text));
      return inline.sort((left, right) => right.text.length - left.text.length)[0]?.row;
    },
  };
}

/** Questions such as "Exactly one line is wrong." stand in many rows and tell none of them apart. */
function distinctQuestions(rows: readonly KnownQuestion[]): Map<KnownQuestion, string> {
  const groups = new Map<string, Set<string>>();
  for (const row of rows) {
    const question = normalise(row.question);
    groups.set(question, (groups.get(question) ?? new Set()).add(row.group));
  }
  return new Map(
    rows
      .map((row): [KnownQuestion, string] => [row, normalise(row.question)])
      .filter(([, question]) => groups.get(question)?.size === 1),
  );
}

/** The row that most of the prompt's blocks point to (code and question together beat one of them). */
function mostNamed(found: readonly KnownQuestion[]): KnownQuestion | undefined {
  const counts = new Map<KnownQuestion, number>();
  for (const row of found) counts.set(row, (counts.get(row) ?? 0) + 1);
  return [...counts].sort(([, left], [, right]) => right - left)[0]?.[0];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]?.trim() ?? '';
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
