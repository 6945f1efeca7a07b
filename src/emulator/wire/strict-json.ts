import type { z } from 'zod';
import { type FieldViolation, invalidArgument } from './errors.ts';

/**
 * Checks a JSON body as Google's servers do: the refusal names each unknown field or wrong value.
 * Throws ApiFault INVALID_ARGUMENT.
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const violations = parsed.error.issues.flatMap(violationsOf);
  const text = violations.map(({ description }) => description).join('\n');
  throw invalidArgument(text, violations);
}

function violationsOf(issue: z.core.$ZodIssue): FieldViolation[] {
  const field = fieldPath(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field,
      description: `Invalid JSON payload received. Unknown name "${key}"${field === '' ? '' : ` at '${field}'`}: Cannot find field.`,
    }));
  }
  return [{ field, description: `Invalid value at '${field}': ${issue.message}` }];
}

/** contents, 0, parts → contents[0].parts, in the snake case that Google's messages use. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${snakeCase(String(part))}`))
    .join('')
    .replace(/^\./, '');
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
