import { z } from 'zod';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import type { RolloutEvent, RolloutRow } from './entity.ts';
import { snakeKeys } from './snake-case.ts';
import { type RolloutView, rowState } from './view.ts';

const time = z.iso.datetime();
const weights = z.record(z.string(), z.number());

const event = z
  .object({
    at: time,
    source: z.string().describe('hand, gate, timeout, cancel, overruled or watch'),
    what: z.string(),
    from_stage: z.number().nullable(),
    to_stage: z.number().nullable(),
    verdict: z.string().nullable(),
    reason: z.string().nullable(),
    figures: z.unknown(),
  })
  .meta({ id: 'RolloutEvent' });

export const rolloutItem = z
  .object({
    id: z.uuid(),
    state: z.string().describe('waiting, superseded, refused, or where the rollout stands'),
    candidate: z.string(),
    baseline: z.string().nullable(),
    stage: z.number().nullable().describe('Percent of the traffic'),
    verdict: z.string().nullable(),
    reason: z.string().nullable(),
    outcome: z.string().nullable().describe('promoted or rolled_back, once it has ended'),
    ended_by: z.string().nullable(),
    created_at: time,
    started_at: time.nullable(),
    ended_at: time.nullable(),
    plan: z.unknown(),
    history: z.array(event).describe('Every decision with its figures, oldest first'),
    weights: weights.optional(),
    paused: z.boolean().optional(),
    hold: z.string().nullable().optional(),
    next_check_at: time.nullable().optional(),
    figures: z.unknown().optional(),
    workflow_id: z.string().nullable(),
    run_id: z.string().nullable(),
    web_ui_url: z.url().nullable(),
  })
  .meta({ id: 'Rollout' });

export type RolloutItem = z.input<typeof rolloutItem>;

interface ItemParts {
  readonly row: RolloutRow;
  readonly events: readonly RolloutEvent[];
  /** What the running workflow says of itself, newer than the row. */
  readonly live: RolloutView | undefined;
  readonly links: WebUiLinks;
}

/** A rollout as the API shows it: the row, its decisions and, while it runs, its live state. */
export function itemOf({ row, events, live, links }: ItemParts): RolloutItem {
  return {
    id: row.id,
    state: row.state,
    candidate: row.candidate,
    baseline: row.baseline,
    stage: row.stage,
    verdict: row.verdict,
    reason: row.reason,
    outcome: row.outcome,
    ended_by: row.endedBy,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    ended_at: row.endedAt?.toISOString() ?? null,
    plan: snakeKeys(row.plan),
    history: events.filter(({ rolloutId }) => rolloutId === row.id).map(eventOf),
    ...(live === undefined ? {} : liveFields(live)),
    workflow_id: row.workflowId,
    run_id: row.runId,
    web_ui_url:
      row.workflowId === null ? null : (links.workflow(row.workflowId, row.runId ?? undefined) ?? null),
  };
}

function liveFields(live: RolloutView) {
  return {
    state: rowState(live.standing),
    stage: live.stage,
    verdict: live.verdict,
    reason: live.reason,
    weights: live.weights,
    paused: live.paused,
    hold: live.hold,
    next_check_at: live.nextCheckAt,
    figures: snakeKeys(live.figures),
  };
}

function eventOf(row: RolloutEvent) {
  return {
    at: row.at.toISOString(),
    source: row.source,
    what: row.what,
    from_stage: row.fromStage,
    to_stage: row.toStage,
    verdict: row.verdict,
    reason: row.reason,
    figures: snakeKeys(row.figures),
  };
}
