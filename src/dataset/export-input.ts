import { isUnreadable } from '../platform/temporal/unreadable.ts';
import type { ExportFeedbackInput } from './messages.ts';

const MOST_DAYS = 3650;
const KNOWN = new Set(['days', 'mark']);

export type ParsedExportInput = { ok: true; input: ExportFeedbackInput } | { ok: false; problem: string };

/** Reads what a person typed as the input of `exportFeedback`; `problem` says what to write instead. */
export function parseExportInput(given: unknown): ParsedExportInput {
  if (given === undefined || given === null) return { ok: true, input: {} };
  if (typeof given !== 'object' || Array.isArray(given)) {
    return refused(`the input is ${describe(given)}, not an object`);
  }
  if (isUnreadable(given)) return refused(`the input is ${given.unreadable}, which can't be read`);
  const unknown = Object.keys(given).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) return refused(`"${unknown}" is not a known field`);
  const days = 'days' in given ? given.days : undefined;
  const mark = 'mark' in given ? given.mark : undefined;
  if (days !== undefined && !isDays(days)) {
    return refused(`days is ${describe(days)}, not a whole number from 1 to ${MOST_DAYS}`);
  }
  if (mark !== undefined && typeof mark !== 'boolean')
    return refused(`mark is ${describe(mark)}, not true or false`);
  return {
    ok: true,
    input: { ...(days === undefined ? {} : { days }), ...(mark === undefined ? {} : { mark }) },
  };
}

function isDays(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MOST_DAYS;
}

function refused(why: string): ParsedExportInput {
  return {
    ok: false,
    problem: `The export was not started: ${why}. Give {"days":7}, {"days":7,"mark":false} or nothing.`,
  };
}

function describe(value: unknown): string {
  return (JSON.stringify(value) ?? typeof value).slice(0, 60);
}
