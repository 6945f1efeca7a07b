import { addStratum, type Evidence, noEvidence, type StageTests } from './evidence.ts';
import {
  addMinute,
  GUARD_NAMES,
  type GuardName,
  type GuardStratum,
  type Guards,
  type Incidents,
  quietGuards,
  referenceRate,
} from './guards.ts';
import type { StagePlan } from './plan.ts';
import type { Assigned } from './srm.ts';
import type { Table } from './statistics.ts';

/** One arm's figures of a minute (or a longer span): requests and what went wrong with them. */
export interface ArmFigures {
  /** Requests drawn for this arm by themselves; those of an assignment key come in clusters and say nothing of the split. */
  readonly drawn: number;
  readonly requests: number;
  readonly errors: number;
  readonly blocked: number;
  /** Slower than the bound that was fixed at the start; null where there is none. */
  readonly slow: number | null;
}

/** Both arms' figures of one minute under one generation of the weights. */
export interface TrafficMinute {
  /** ISO 8601, start of the minute. */
  readonly minute: string;
  readonly generation: number;
  readonly candidate: ArmFigures;
  readonly baseline: ArmFigures;
}

type Reference = Readonly<Record<GuardName, Incidents>>;

/** What the checks of a rollout carry from one to the next: constant size, plain JSON. */
export interface Watching {
  readonly evidence: Evidence;
  readonly guards: Guards;
  readonly assigned: Assigned;
  /** The baseline's figures of the last compared stage: what a candidate at 100 % is held against. */
  readonly reference: Reference;
  /** The last minute whose figures are counted; null: none yet. */
  readonly countedMinute: string | null;
  /** Strata already multiplied in, by where they come from. */
  readonly counted: { readonly thumbs: number; readonly signals: number };
}

const NO_INCIDENTS: Incidents = { requests: 0, incidents: 0 };
const NO_REFERENCE: Reference = { errors: NO_INCIDENTS, blocked: NO_INCIDENTS, slow: NO_INCIDENTS };

/** @param reference the baseline's figures before the rollout, where none will stand beside the candidate */
export function startWatching(reference: ArmFigures | null): Watching {
  return {
    evidence: noEvidence(),
    guards: quietGuards(),
    assigned: { candidate: 0, baseline: 0 },
    reference: reference === null ? NO_REFERENCE : referenceOf(reference),
    countedMinute: null,
    counted: { thumbs: 0, signals: 0 },
  };
}

/** A new stage has its own ratings and its own split; the guards go on, and a bake keeps its reference. */
export function enterStage(watching: Watching, stage: StagePlan): Watching {
  return {
    ...watching,
    evidence: noEvidence(),
    assigned: { candidate: 0, baseline: 0 },
    reference: stage.rule === 'bake' ? watching.reference : NO_REFERENCE,
    counted: { thumbs: 0, signals: watching.counted.signals },
  };
}

/** Multiplies closed strata of thumbs in, in order. */
export function countStrata(watching: Watching, tables: readonly Table[], tests: StageTests): Watching {
  const evidence = tables.reduce((sum, table) => addStratum(sum, table, tests), watching.evidence);
  return { ...watching, evidence };
}

/** Counts settled minutes for the guards and, where they belong to the running split, for its ratio. */
export function countMinutes(
  watching: Watching,
  minutes: readonly TrafficMinute[],
  running: { stage: StagePlan; generation: number },
): Watching {
  return minutes.reduce((sum, minute) => countMinute(sum, minute, running), watching);
}

/** Counts failures that came from outside: a stratum of its own for the guard over errors. */
export function countErrors(
  watching: Watching,
  errors: { candidate: Incidents; baseline: Incidents },
  stage: StagePlan,
): Watching {
  return guard(watching, { name: 'errors', ...errors, concurrent: stage.rule === 'bake' ? 'no' : 'yes' });
}

/** What a stratum is held against: the other arm, or the rate it had while there was one. */
export function stratumFor(
  reference: Incidents,
  arms: { candidate: Incidents; baseline: Incidents; concurrent: 'yes' | 'no' },
): GuardStratum | null {
  const { candidate, baseline, concurrent } = arms;
  if (concurrent === 'yes') return { candidate, baseline };
  return reference.requests === 0 ? null : { candidate, baselineRate: referenceRate(reference) };
}

export function incidentsIn(figures: ArmFigures, name: GuardName): Incidents | null {
  const incidents = figures[name];
  return incidents === null ? null : { requests: figures.requests, incidents };
}

function referenceOf(figures: ArmFigures): Reference {
  const of = (name: GuardName) => incidentsIn(figures, name) ?? NO_INCIDENTS;
  return { errors: of('errors'), blocked: of('blocked'), slow: of('slow') };
}

function countMinute(
  watching: Watching,
  minute: TrafficMinute,
  { stage, generation }: { stage: StagePlan; generation: number },
): Watching {
  const current = minute.generation === generation;
  const concurrent = current && stage.rule === 'bake' ? 'no' : 'yes';
  const guarded = GUARD_NAMES.reduce((sum, name) => {
    const candidate = incidentsIn(minute.candidate, name);
    const baseline = incidentsIn(minute.baseline, name);
    return candidate && baseline ? guard(sum, { name, candidate, baseline, concurrent }) : sum;
  }, watching);
  return {
    ...guarded,
    assigned: current ? addAssigned(watching.assigned, minute) : watching.assigned,
    countedMinute: minute.minute,
  };
}

function guard(
  watching: Watching,
  arms: { name: GuardName; candidate: Incidents; baseline: Incidents; concurrent: 'yes' | 'no' },
): Watching {
  const { name, baseline, concurrent } = arms;
  const before = watching.reference[name];
  const stratum = stratumFor(before, arms);
  const guards = stratum === null ? watching.guards : addMinute(watching.guards, name, stratum);
  if (concurrent === 'no') return { ...watching, guards };
  const reference = {
    requests: before.requests + baseline.requests,
    incidents: before.incidents + baseline.incidents,
  };
  return { ...watching, guards, reference: { ...watching.reference, [name]: reference } };
}

function addAssigned(assigned: Assigned, { candidate, baseline }: TrafficMinute): Assigned {
  return {
    candidate: assigned.candidate + candidate.drawn,
    baseline: assigned.baseline + baseline.drawn,
  };
}
