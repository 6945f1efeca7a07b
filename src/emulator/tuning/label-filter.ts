import { invalidArgument } from '../wire/errors.ts';
import type { JobRecord } from './job-record.ts';

/**
 * The standard list filter as far as tuning jobs need it: `labels.key=value`, `labels.key:*`,
 * `tunedModelDisplayName="name"`, joined by AND. Throws ApiFault for anything else.
 */
export function filterJobs(jobs: readonly JobRecord[], filter: string): JobRecord[] {
  const conditions = filter
    .split(/\s+AND\s+/)
    .filter((text) => text.trim() !== '')
    .map(condition);
  return jobs.filter((job) => conditions.every((holds) => holds(job)));
}

function condition(text: string): (job: JobRecord) => boolean {
  const match = /^\s*([\w.-]+)\s*(=|:)\s*"?([^"]*?)"?\s*$/.exec(text);
  const [, field = '', operator, value = ''] = match ?? [];
  const label = /^labels\.([^.]+)$/.exec(field)?.[1];
  if (match !== null && label !== undefined) {
    return operator === ':' && value === '*'
      ? ({ labels }) => label in labels
      : ({ labels }) => labels[label] === value;
  }
  if (match !== null && /^tuned_?model_?display_?name$/i.test(field)) {
    return ({ displayName }) => displayName === value;
  }
  throw invalidArgument(`Invalid filter: ${text}`, [{ field: 'filter', description: 'Invalid filter.' }]);
}
