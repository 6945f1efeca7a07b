import { type Example, exampleLine } from './example.ts';
import { redact } from './redact.ts';

/** A line as it may leave the database: credentials and personal data are replaced. */
export function redactedLine({ prompt, answer }: Example): string {
  return exampleLine({ prompt: redact(prompt).text, answer: redact(answer).text });
}
