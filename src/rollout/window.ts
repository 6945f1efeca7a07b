/** An interval in epoch milliseconds, or `bare`: a duration that ends on arrival. */
export type Window =
  | { readonly kind: 'interval'; readonly startMs: number; readonly endMs: number }
  | { readonly kind: 'bare' };

const ISO_DURATION =
  /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const ISO_UNITS_MS = [7 * 86_400_000, 86_400_000, 3_600_000, 60_000, 1000];
const SHORT_DURATION = /^\d+(ms|s|m|h|d)$/;

/** `start/end`, `start/duration`, `duration/end`, or a bare duration (ISO 8601, or short like `5m`). */
export function parseWindow(text: unknown): Window | undefined {
  if (typeof text !== 'string') return undefined;
  const [first = '', second, ...more] = text.trim().split('/');
  if (second === undefined) {
    return ISO_DURATION.test(first) || SHORT_DURATION.test(first) ? { kind: 'bare' } : undefined;
  }
  const start = instantMs(first);
  const end = instantMs(second);
  const startMs = Number.isNaN(start) ? end - isoDurationMs(first) : start;
  const endMs = Number.isNaN(end) ? start + isoDurationMs(second) : end;
  return more.length === 0 && startMs < endMs ? { kind: 'interval', startMs, endMs } : undefined;
}

/** Milliseconds of an ISO 8601 duration of weeks to seconds; NaN where it is none. */
function isoDurationMs(text: string): number {
  const match = ISO_DURATION.exec(text);
  if (match === null) return Number.NaN;
  return match
    .slice(1)
    .reduce((sum, digits, i) => sum + Number(digits ?? 0) * (ISO_UNITS_MS[i] ?? Number.NaN), 0);
}

/** An instant without a zone is read as UTC: every worker must read a replayed history alike. */
function instantMs(text: string): number {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[T ]([\d:.,]+?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (parts === null) return Number.NaN;
  const [, date, time = '00:00', zone = 'Z'] = parts;
  return Date.parse(`${date}T${time.replace(',', '.')}${zone.toUpperCase()}`);
}
