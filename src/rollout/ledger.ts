import { armOf, incidentsOf, type OutsideStratum, parseSample, type Sample, stratumOf } from './samples.ts';
import type { Arm } from './strata.ts';

/** A stratum from outside that the next check will count; `number` rises by one within a rollout. */
export interface NumberedStratum extends OutsideStratum {
  readonly number: number;
}

/** Outside figures of one arm in the running stage, paired or not: shown, not decisive. */
export interface ArmReport {
  readonly samples: number;
  readonly positives: number;
  readonly negatives: number;
  readonly requests: number;
  readonly errors: number;
  readonly latencyP95Ms: number | null;
}

/** What the signal `metrics` has brought: strata to be judged, samples that wait for the other arm. */
export interface Ledger {
  readonly strata: readonly NumberedStratum[];
  readonly waiting: readonly { readonly arm: Arm; readonly sample: Sample }[];
  readonly counted: number;
  /** End of the last counted interval, by source and arm. */
  readonly lastEndMs: Readonly<Record<string, number>>;
  readonly reported: Readonly<Record<Arm, ArmReport>>;
  readonly duplicates: number;
  readonly ignored: number;
  /** The latest remarks about samples that did not count, newest last. */
  readonly notes: readonly string[];
}

/** Where and when a sample arrives. */
export interface Arrival {
  readonly payload: unknown;
  readonly names: { readonly candidate: string; readonly baseline: string };
  readonly arrivedAtMs: number;
  /** When the running stage began; null before the first one. */
  readonly stageBeganAtMs: number | null;
  /** Alone where no baseline is left: then the candidate's errors count by themselves. */
  readonly lonely: 'candidate-alone' | 'both-arms';
}

const NOTES_KEPT = 5;
/** A sender whose second arm never comes must not fill the state. */
const WAITING_KEPT = 100;
/** Nor must one that calls itself differently each time. */
const SOURCES_KEPT = 200;

export function emptyLedger(): Ledger {
  const report = { samples: 0, positives: 0, negatives: 0, requests: 0, errors: 0, latencyP95Ms: null };
  return {
    strata: [],
    waiting: [],
    counted: 0,
    lastEndMs: {},
    reported: { candidate: report, baseline: report },
    duplicates: 0,
    ignored: 0,
    notes: [],
  };
}

/** A new stage: what waits for its other arm belongs to the old split and is dropped. */
export function startStage(ledger: Ledger): Ledger {
  const { counted, lastEndMs, duplicates, ignored, notes } = ledger;
  return { ...emptyLedger(), counted, lastEndMs, duplicates, ignored, notes };
}

/** Forgets the strata that a check has counted. */
export function settle(ledger: Ledger, upToNumber: number): Ledger {
  return { ...ledger, strata: ledger.strata.filter(({ number }) => number > upToNumber) };
}

/**
 * Enters one payload of `metrics`. A sample counts for the stage that runs when it arrives. When the
 * other arm's figures of the same window and source are there, the two become a stratum.
 */
export function enter(ledger: Ledger, arrival: Arrival): Ledger {
  const parsed = parseSample(arrival.payload);
  if (!parsed.ok) return ignore(ledger, `a metrics sample was ignored: ${parsed.problem}`);
  const { sample } = parsed;
  const arm = armOf(sample.modelVersion, arrival.names);
  if (arm === undefined) {
    return ignore(ledger, `a metrics sample was ignored: it is about neither arm of this rollout`);
  }
  const key = `${arm} ${sample.source}`;
  const endMs = sample.window.kind === 'bare' ? arrival.arrivedAtMs : sample.window.endMs;
  if (sample.window.kind === 'interval') {
    if (endMs <= (ledger.lastEndMs[key] ?? Number.NEGATIVE_INFINITY)) {
      return { ...ledger, duplicates: ledger.duplicates + 1 };
    }
    if (arrival.stageBeganAtMs === null || endMs <= arrival.stageBeganAtMs) {
      return ignore(
        ledger,
        `a metrics sample of the ${arm} was not counted: it ended before this stage began`,
      );
    }
  }
  const noted = { ...ledger, lastEndMs: newest(ledger.lastEndMs, key, endMs) };
  return pair(report(noted, arm, sample), { arm, sample, lonely: arrival.lonely });
}

function newest(
  lastEndMs: Ledger['lastEndMs'],
  key: string,
  endMs: number,
): Readonly<Record<string, number>> {
  const others = Object.entries(lastEndMs).filter(([name]) => name !== key);
  return Object.fromEntries([...others, [key, endMs]].slice(-SOURCES_KEPT));
}

interface Entry {
  readonly arm: Arm;
  readonly sample: Sample;
  readonly lonely: Arrival['lonely'];
}

function pair(ledger: Ledger, { arm, sample, lonely }: Entry): Ledger {
  if (lonely === 'candidate-alone') return arm === 'candidate' ? countAlone(ledger, sample) : ledger;
  const at = ledger.waiting.findIndex((other) => other.arm !== arm && sameWindow(other.sample, sample));
  const partner = ledger.waiting[at];
  if (partner === undefined) {
    return { ...ledger, waiting: [...ledger.waiting, { arm, sample }].slice(-WAITING_KEPT) };
  }
  const [candidate, baseline] = arm === 'candidate' ? [sample, partner.sample] : [partner.sample, sample];
  const waiting = ledger.waiting.filter((_, i) => i !== at);
  return count({ ...ledger, waiting }, stratumOf(candidate, baseline));
}

function countAlone(ledger: Ledger, sample: Sample): Ledger {
  const candidate = incidentsOf(sample);
  if (candidate === null) return ledger;
  const thumbs = {
    nCandidate: sample.positives + sample.negatives,
    nBaseline: 0,
    xCandidate: sample.positives,
    xBaseline: 0,
  };
  return count(ledger, { thumbs, errors: { candidate, baseline: { requests: 0, incidents: 0 } } });
}

function count(ledger: Ledger, stratum: OutsideStratum): Ledger {
  const number = ledger.counted + 1;
  return { ...ledger, counted: number, strata: [...ledger.strata, { number, ...stratum }] };
}

function sameWindow(a: Sample, b: Sample): boolean {
  if (a.source !== b.source) return false;
  if (a.window.kind === 'bare' || b.window.kind === 'bare') return a.window.kind === b.window.kind;
  return a.window.startMs === b.window.startMs && a.window.endMs === b.window.endMs;
}

function report(ledger: Ledger, arm: Arm, sample: Sample): Ledger {
  const before = ledger.reported[arm];
  const after: ArmReport = {
    samples: before.samples + 1,
    positives: before.positives + sample.positives,
    negatives: before.negatives + sample.negatives,
    requests: before.requests + (sample.requests ?? 0),
    errors: before.errors + (sample.errors ?? 0),
    latencyP95Ms: sample.latencyP95Ms ?? before.latencyP95Ms,
  };
  return { ...ledger, reported: { ...ledger.reported, [arm]: after } };
}

function ignore(ledger: Ledger, note: string): Ledger {
  return { ...ledger, ignored: ledger.ignored + 1, notes: [...ledger.notes, note].slice(-NOTES_KEPT) };
}
