import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface HostileString {
  id: string;
  category: string;
  text: string;
}

export interface JsonBody {
  id: string;
  name: string;
  /** Whether a JSON parser must take it. */
  expect: 'accept' | 'reject' | 'either';
  body_b64: string;
}

export interface RedactionRow {
  id: string;
  category: string;
  text: string;
  /** What must not stay. */
  spans: { type: string; value: string }[];
}

export interface ChatAnswer {
  id: string;
  prompt: string;
  response: string;
}

export const redactionRows = (): RedactionRow[] => rows('redaction.jsonl.gz');

export const chatAnswers = (): ChatAnswer[] => rows('rhe_chat_answers.jsonl.gz');

export const hostileStrings = (): HostileString[] => rows('hostile_strings.jsonl.gz');

export const jsonBodies = (): JsonBody[] => rows('json_bodies.jsonl.gz');

function rows<Row>(file: string): Row[] {
  const lines = gunzipSync(readFileSync(join(import.meta.dirname, file))).toString('utf8');
  return lines
    .trim()
    .split('\n')
    .map((line): Row => JSON.parse(line));
}
