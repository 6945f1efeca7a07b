import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { TextDecoder } from 'node:util';
import { tokenCount } from '../gemini/answers.ts';
import { checkExample, type ExampleMethod } from './training-example.ts';

/** Google's limit of an example, input and output together. */
const tokensPerExample = 131_072;

export interface TrainingDataReport {
  /** The first fault, with its line; without one the other figures are complete. */
  readonly fault: string | undefined;
  readonly examples: number;
  readonly tokens: number;
  readonly characters: number;
  /** Examples over the limit, by number from 1; they are left out, the job goes on. */
  readonly dropped: ReadonlyArray<{ index: number; reason: string }>;
}

/** Reads a JSONL file line by line, in constant memory, and stops at the first fault. */
export async function checkTrainingData(path: string, method: ExampleMethod): Promise<TrainingDataReport> {
  const dropped: Array<{ index: number; reason: string }> = [];
  let examples = 0;
  let tokens = 0;
  let characters = 0;
  let fault: string | undefined;
  let line = 0;
  // latin1 keeps the bytes, so that each line's UTF-8 can be checked strictly.
  const lines = createInterface({
    input: createReadStream(path, 'latin1'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  for await (const raw of lines) {
    line += 1;
    const checked = checkLine(raw, line, method);
    if ('fault' in checked) {
      fault = `Line ${line}: ${checked.fault}`;
      break;
    }
    examples += 1;
    const size = tokenCount(checked.text);
    if (size > tokensPerExample) {
      dropped.push({ index: examples, reason: `Example has ${size} tokens, more than ${tokensPerExample}.` });
    } else {
      tokens += size;
      characters += checked.text.length;
    }
  }
  lines.close();
  if (fault === undefined && examples === 0) fault = 'The dataset is empty.';
  return { fault, examples, tokens, characters, dropped };
}

/** More than 1,000 validation examples may be at most 30 % of the training ones, and 5,000 in all. */
export function validationFault(training: number, validation: number): string | undefined {
  if (validation > 5000) return `The validation dataset has ${validation} examples, more than 5000.`;
  if (validation > 1000 && validation > training * 0.3) {
    return `The validation dataset has ${validation} examples, more than 30% of the ${training} training examples.`;
  }
  return undefined;
}

function checkLine(raw: string, line: number, method: ExampleMethod): { fault: string } | { text: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(raw, 'latin1'));
  } catch {
    return { fault: 'not valid UTF-8.' };
  }
  if (line === 1 && text.startsWith('\uFEFF')) return { fault: 'starts with a byte order mark.' };
  if (text.trim() === '') return { fault: 'blank line.' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'not valid JSON.' };
  }
  return checkExample(value, method);
}
