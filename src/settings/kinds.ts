import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function isUnit(unit: string | undefined): unit is keyof typeof UNIT_MS {
  return unit !== undefined && unit in UNIT_MS;
}

/** `15m` → 900000. Returns undefined for anything that is not `<integer><ms|s|m|h|d>`. */
export function durationMs(value: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(value) ?? [];
  return isUnit(unit) ? Number(amount) * UNIT_MS[unit] : undefined;
}

/** 900000 → `15m`: the largest unit that gives a whole number. */
export function durationText(ms: number): string {
  const units = Object.entries(UNIT_MS).reverse();
  const [unit = 'ms', size = 1] = units.find(([, unitMs]) => ms % unitMs === 0) ?? [];
  return `${ms / size}${unit}`;
}

/** How one kind of variable is read; `allowed` completes "allowed: …" in a message and in the docs. */
export interface Kind<T> {
  allowed: string;
  schema: z.ZodType<T, string>;
  /** How a value is written where people read it. */
  show?(value: T): string;
}

export const textKind: Kind<string> = { allowed: 'text', schema: z.string() };

export const hostKind: Kind<string> = {
  allowed: 'host:port, without http://',
  schema: z.string().regex(/^[^\s/:]+(:\d{1,5})?$|^\[[\da-f:]+\](:\d{1,5})?$/i),
};

export const flagKind: Kind<boolean> = {
  allowed: 'true or false',
  schema: z
    .enum(['true', 'false', '1', '0', 'yes', 'no'])
    .transform((word) => ['true', '1', 'yes'].includes(word)),
};

export const durationKind: Kind<number> = {
  allowed: 'a duration such as 0s, 30s, 15m, 24h or 7d',
  show: durationText,
  schema: z.string().transform((value, context) => {
    const ms = durationMs(value);
    if (ms === undefined) context.addIssue({ code: 'custom', message: 'not a duration' });
    return ms ?? z.NEVER;
  }),
};

/** For waits and lifetimes, which can't be nothing. */
export const longerThanNothing: Kind<number> = {
  allowed: 'a duration above 0 such as 500ms, 30s, 15m, 24h or 7d',
  show: durationText,
  schema: durationKind.schema.refine((ms) => ms > 0),
};

export function wholeNumber(min: number, max: number): Kind<number> {
  return {
    allowed: `a whole number from ${min} to ${max}`,
    schema: z.string().regex(/^\d+$/).transform(Number).pipe(z.number().int().min(min).max(max)),
  };
}

export function fraction(min: number, max: number): Kind<number> {
  return {
    allowed: `a number from ${min} to ${max}`,
    schema: z
      .string()
      .regex(/^\d*\.?\d+(e-?\d+)?$/i)
      .transform(Number)
      .pipe(z.number().min(min).max(max)),
  };
}

export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words): Kind<Words[number]> {
  return { allowed: words.join(', '), schema: z.enum(words) };
}

export function urlKind(...protocols: string[]): Kind<string> {
  return {
    allowed: `an address that starts with ${protocols.map((protocol) => `${protocol}://`).join(' or ')}`,
    schema: z
      .string()
      .refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol.slice(0, -1))),
  };
}

export const zoneKind: Kind<string> = {
  allowed: 'an IANA time zone such as UTC or Europe/Berlin',
  schema: z.string().refine((zone) => {
    try {
      return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
    } catch {
      return false;
    }
  }),
};

/** Rising percentages that end with 100. */
export const stagesKind: Kind<number[]> = {
  allowed: 'rising whole percentages from 1 that end with 100, such as 10,50,100',
  schema: z
    .string()
    .regex(/^\s*\d+\s*(,\s*\d+\s*)*$/)
    .transform((list) => list.split(',').map(Number))
    .refine((stages) => stages.at(-1) === 100 && stages.every((stage, at) => stage > (stages[at - 1] ?? 0))),
};

export const listKind: Kind<string[]> = {
  allowed: 'a list separated by commas',
  schema: z.string().transform((list) =>
    list
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean),
  ),
};

/** `gemini-x=2027-01-31,gemini-y=2027-05-01` */
export const datesKind: Kind<Record<string, string>> = {
  allowed: 'pairs such as gemini-3.5-flash=2027-05-19, separated by commas',
  schema: z
    .string()
    .transform((list) => list.split(',').map((pair) => pair.trim().split('=')))
    .pipe(z.array(z.tuple([z.string().min(1), z.iso.date()])))
    .transform((pairs) => Object.fromEntries(pairs)),
};

/** Least and greatest number of each field of a cron expression; months and days have names too. */
const CRON_FIELDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;
const CRON_NAMES = /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|sun|mon|tue|wed|thu|fri|sat)[a-z]*$/i;

export const cronKind: Kind<string> = {
  allowed:
    'a cron expression of five fields (minute, hour, day, month, weekday) such as 0 2 * * * (quote it where a shell reads it)',
  schema: z.string().refine(isCron),
};

/** What Temporal will refuse is refused here, before anything is started. */
function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== CRON_FIELDS.length) return /^@(hourly|daily|weekly|monthly|yearly)$/.test(text);
  return CRON_FIELDS.every(([least, greatest], at) =>
    (fields[at] ?? '').split(',').every((part) => {
      const [range = '', step = '1', ...more] = part.split('/');
      const ends = range === '*' || range === '?' ? [] : range.split('-');
      const inRange = (end: string) =>
        CRON_NAMES.test(end) || (/^\d{1,2}$/.test(end) && Number(end) >= least && Number(end) <= greatest);
      return more.length === 0 && /^[1-9]\d?$/.test(step) && ends.length <= 2 && ends.every(inRange);
    }),
  );
}
