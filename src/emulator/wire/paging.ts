import { invalidArgument } from './errors.ts';

/**
 * One page of a list. The token is left out on the last page: the SDK's pager would ask for ever for the
 * page behind an empty one. Throws ApiFault for a token or size that is no number.
 */
export function pageOf<T>(
  all: readonly T[],
  asked: { pageToken: string | null; pageSize: string | null; largest: number },
): { items: T[]; nextPageToken: string | undefined } {
  const start = wholeNumber('page_token', asked.pageToken?.replace(/^t/, '') ?? '0');
  const wanted = wholeNumber('page_size', asked.pageSize ?? '0');
  const size = wanted === 0 ? asked.largest : Math.min(wanted, asked.largest);
  const end = start + size;
  return { items: all.slice(start, end), nextPageToken: end < all.length ? `t${end}` : undefined };
}

function wholeNumber(field: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw invalidArgument(`Invalid value for ${field}.`, [{ field, description: 'Must be a valid value.' }]);
}
