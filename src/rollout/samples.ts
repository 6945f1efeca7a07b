import type { Incidents } from './guards.ts';
import type { Table } from './statistics.ts';
import type { Arm } from './strata.ts';
import { parseWindow, type Window } from './window.ts';

/** What an outside system reports of one version over one window, as the signal `metrics` brings it. */
export interface Sample {
  readonly modelVersion: string;
  readonly positives: number;
  readonly negatives: number;
  readonly requests: number | null;
  readonly errors: number | null;
  readonly latencyP95Ms: number | null;
  readonly window: Window;
  readonly source: string;
}

export type ParsedSample =
  | { readonly ok: true; readonly sample: Sample }
  | { readonly ok: false; readonly field: string; readonly problem: string };

/** Above this a count is a mistake, and its table would take too long to compute. */
const LARGEST_COUNT = 1_000_000;
const LONGEST_NAME = 200;
const DEFAULT_SOURCE = 'outside';

/** Reads one payload of `metrics`. Anything may come here: a bad one is described, never thrown. */
export function parseSample(payload: unknown): ParsedSample {
  if (!isRecord(payload)) return refuse('body', 'it is not a JSON object');
  const { modelVersion, source = DEFAULT_SOURCE } = payload;
  if (!isName(modelVersion)) return refuse('modelVersion', 'modelVersion must be the name of a version');
  if (!isName(source)) return refuse('source', `source must be a text of 1 to ${LONGEST_NAME} characters`);
  const window = parseWindow(payload.window);
  if (window === undefined) {
    return refuse('window', 'window must be an ISO 8601 interval (start/end) or a duration such as PT5M');
  }
  const positives = payload.positives ?? 0;
  const negatives = payload.negatives ?? 0;
  if (!isCount(positives) || !isCount(negatives)) {
    return refuse(
      isCount(positives) ? 'negatives' : 'positives',
      `positives and negatives must be whole numbers from 0 to ${LARGEST_COUNT}`,
    );
  }
  const traffic = parseTraffic(payload);
  if (traffic === undefined)
    return refuse('errors', 'requests and errors must be whole numbers, errors at most requests');
  return { ok: true, sample: { modelVersion, source, window, positives, negatives, ...traffic } };
}

/** One stratum out of two samples: thumbs of both arms and, where both told them, their errors. */
export interface OutsideStratum {
  readonly thumbs: Table;
  readonly errors: { readonly candidate: Incidents; readonly baseline: Incidents } | null;
}

/** The stratum that both arms' figures of one window make. */
export function stratumOf(candidate: Sample, baseline: Sample): OutsideStratum {
  const errorsOfCandidate = incidentsOf(candidate);
  const errorsOfBaseline = incidentsOf(baseline);
  return {
    thumbs: {
      nCandidate: candidate.positives + candidate.negatives,
      nBaseline: baseline.positives + baseline.negatives,
      xCandidate: candidate.positives,
      xBaseline: baseline.positives,
    },
    errors:
      errorsOfCandidate && errorsOfBaseline
        ? { candidate: errorsOfCandidate, baseline: errorsOfBaseline }
        : null,
  };
}

export function incidentsOf({ requests, errors }: Sample): Incidents | null {
  return requests === null || errors === null ? null : { requests, incidents: errors };
}

/** Which arm a version is in this rollout; undefined: neither. */
export function armOf(version: string, names: { candidate: string; baseline: string }): Arm | undefined {
  if (version === names.candidate) return 'candidate';
  return version === names.baseline ? 'baseline' : undefined;
}

type Traffic = Pick<Sample, 'requests' | 'errors' | 'latencyP95Ms'>;

function parseTraffic(payload: Readonly<Record<string, unknown>>): Traffic | undefined {
  const requests = payload.requests ?? null;
  const errors = payload.errors ?? null;
  const latency = payload.latencyP95Ms;
  if (requests !== null && !isCount(requests)) return undefined;
  if (errors !== null && !isCount(errors)) return undefined;
  if (requests !== null && errors !== null && errors > requests) return undefined;
  const latencyP95Ms = typeof latency === 'number' && latency >= 0 ? latency : null;
  return { requests, errors, latencyP95Ms };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= LONGEST_NAME;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= LARGEST_COUNT;
}

function refuse(field: string, problem: string): ParsedSample {
  return { ok: false, field, problem };
}
