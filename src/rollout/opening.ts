import { AppError, type ErrorCode } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Registry } from '../models/registry.ts';
import { mendAbandoned } from './abandoned.ts';
import type { RolloutRow } from './entity.ts';
import type { FiguresStore } from './figures-store.ts';
import type { RolloutRequest } from './input.ts';
import { baselineRateOf, type OpenedPlan, type OpenedRollout, slowBucketOf } from './opened.ts';
import { makePlan, type PlanDefaults } from './plan.ts';
import type { RolloutStore } from './store.ts';
import { readPlan } from './stored-plan.ts';
import type { SetTraffic } from './traffic-setter.ts';

interface OpeningDeps {
  registry: Registry;
  store: RolloutStore;
  figures: FiguresStore;
  defaults: PlanDefaults;
  searchAttributes: boolean;
  setTraffic: SetTraffic;
  log: Log;
}

interface OpeningRequest {
  id: string;
  request: RolloutRequest;
  workflowId: string;
  runId: string;
}

/**
 * Begins a rollout: who stands against whom, and under which plan. All of it is settled here once, so
 * that a later change of the settings does not change a running rollout.
 * @throws AppError `not_found` for an unknown version, `invalid_input` for one that can't stand there.
 */
export function createOpening(deps: OpeningDeps) {
  const { registry, store, figures, searchAttributes } = deps;
  return async (asked: OpeningRequest): Promise<OpenedRollout> => {
    const row = (await store.findByRun(asked.runId)) ?? (await begin(deps, asked));
    const { id, candidate } = row;
    const baseline = row.baseline ?? '';
    const plan = readPlan(row.plan);
    const reference = plan.comparedStages > 0 ? null : await figures.dayOf(baseline, plan.slowAboveBucket);
    const { generation } = await registry.traffic();
    return { id, candidate, baseline, plan, generation, reference, searchAttributes };
  };
}

async function begin(
  deps: OpeningDeps,
  { id, request, workflowId, runId }: OpeningRequest,
): Promise<RolloutRow> {
  const { store, log } = deps;
  const { candidate } = request;
  // Of a terminated one the row is still open, and its weights are still in force.
  const abandoned = await store.running();
  if (abandoned !== null) await mendAbandoned(deps, abandoned);
  const baseline = await chooseBaseline(deps, id, request);
  const plan = await settlePlan(deps, request, baseline);
  const row = await store.open({ id, candidate, baseline, input: request, plan, workflowId, runId });
  log.info(
    { event: 'rollout.started', rollout_id: row.id, candidate, baseline },
    `A rollout of ${candidate} against ${baseline} begins`,
  );
  return row;
}

async function settlePlan(
  { figures, defaults }: OpeningDeps,
  request: RolloutRequest,
  baseline: string,
): Promise<OpenedPlan> {
  return {
    ...makePlan(request, defaults),
    baselineRate: baselineRateOf(await figures.thumbsOf(baseline)),
    slowAboveBucket: slowBucketOf(await figures.latenciesOf(baseline)),
  };
}

async function chooseBaseline(
  { registry, store }: OpeningDeps,
  id: string,
  { candidate, baseline }: RolloutRequest,
): Promise<string> {
  const refuse = async (code: ErrorCode, message: string): Promise<never> => {
    await store.refuse(id, message);
    throw new AppError(code, message);
  };
  const chosen = baseline ?? (await registry.getActiveModel());
  if (chosen === undefined) return refuse('invalid_input', 'No version is active: name the baseline');
  for (const name of [candidate, chosen]) {
    const version = await registry.find(name);
    if (version === null) return refuse('not_found', `No version is called ${name}`);
    if (version.endpoint === null && version.versionName !== version.baseModel) {
      return refuse('invalid_input', `${name} can get no traffic: its endpoint is not known`);
    }
  }
  if (candidate === chosen) {
    return refuse(
      'invalid_input',
      `${candidate} can't be rolled out against itself: name another baseline, since it has the highest weight`,
    );
  }
  return chosen;
}
