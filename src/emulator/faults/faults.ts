import { z } from 'zod';
import { hashPlace } from '../gemini/answers.ts';
import { type FaultName, type FaultParams, faultNames, faultParams } from './fault-names.ts';

export const faultRule = z.strictObject({
  fault: z.enum(faultNames),
  /** Kind of route, whole (`tuning.create`) or its first word (`tuning`); left out: every one. */
  route: z.string().optional(),
  /** Model name, endpoint id or display name of a tuned model. */
  model: z.string().optional(),
  surface: z.enum(['vertex', 'developer', 'storage']).optional(),
  /** How many requests are hit; left out: all, or with `probability` a share of them without end. */
  times: z.number().int().min(1).optional(),
  probability: z.number().min(0).max(1).optional(),
  /** Requests that fit and go through unharmed before the first one is hit. */
  skip: z.number().int().min(0).optional(),
  params: faultParams.optional(),
});
export type FaultRule = z.infer<typeof faultRule>;

export interface Fault {
  readonly name: FaultName;
  readonly params: FaultParams;
}

export interface FaultSubject {
  readonly kind: string;
  readonly surface: string;
  readonly names: readonly string[];
}

export interface FaultBook {
  add(rule: FaultRule): void;
  /** The fault that hits a request, if any; its rule is used up by one. */
  draw(subject: FaultSubject): Fault | undefined;
  list(): Array<FaultRule & { seen: number; hit: number }>;
  clear(): void;
}

interface Entry {
  readonly rule: FaultRule;
  seen: number;
  hit: number;
}

export function createFaultBook(): FaultBook {
  const rules: Entry[] = [];
  return {
    add(rule) {
      rules.push({ rule, seen: 0, hit: 0 });
    },
    draw(subject) {
      const hit = rules.find((entry) => fits(entry.rule, subject) && strikes(entry));
      return hit === undefined ? undefined : { name: hit.rule.fault, params: hit.rule.params ?? {} };
    },
    list: () => rules.map(({ rule, seen, hit }) => ({ ...rule, seen, hit })),
    clear() {
      rules.length = 0;
    },
  };
}

/**
 * A fault asked for by the header `x-emulator-fault`: a name, with parameters behind semicolons
 * (`429;retryDelay=7s`, `cut-between;afterChunks=2`). Unknown ones are undefined.
 */
export function faultOfHeader(header: string | string[] | undefined): Fault | undefined {
  if (typeof header !== 'string') return undefined;
  const [name, ...pairs] = header.split(';').map((part) => part.trim());
  const known = z.enum(faultNames).safeParse(name);
  const params = faultParams.safeParse(
    Object.fromEntries(
      pairs.map((pair) => {
        const [key = '', ...value] = pair.split('=');
        const text = value.join('=');
        return [key, /^\d+$/.test(text) ? Number(text) : text];
      }),
    ),
  );
  if (!known.success || !params.success) return undefined;
  return { name: known.data, params: params.data };
}

/** Counts a request that fits, and says whether this one is hit. */
function strikes(entry: Entry): boolean {
  const { rule } = entry;
  if (entry.hit >= (rule.times ?? Number.POSITIVE_INFINITY)) return false;
  entry.seen += 1;
  if (entry.seen <= (rule.skip ?? 0)) return false;
  if (hashPlace(`${rule.fault} ${entry.seen}`) >= (rule.probability ?? 1)) return false;
  entry.hit += 1;
  return true;
}

function fits(rule: FaultRule, subject: FaultSubject): boolean {
  const fitsRoute =
    rule.route === undefined || rule.route === subject.kind || subject.kind.startsWith(`${rule.route}.`);
  const fitsModel = rule.model === undefined || subject.names.includes(rule.model);
  return fitsRoute && fitsModel && (rule.surface === undefined || rule.surface === subject.surface);
}
