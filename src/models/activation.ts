import { AppError } from '../errors.ts';
import type { BaseModelTable } from '../gemini/base-models.ts';
import type { Log } from '../log.ts';
import type { ModelVersion } from './entity.ts';
import type { Registry } from './registry.ts';
import { activated, deactivated, sameWeights, type Weights } from './weights.ts';

export interface ActivationOptions {
  registry: Registry;
  baseModels: BaseModelTable;
  /** Whether a rollout holds the weights now. */
  rolloutRunning: () => Promise<boolean>;
  log: Log;
  now?: () => Date;
}

export interface ActivationRequest {
  versionName: string;
  /** Percent, 1 to 100. */
  trafficWeight: number;
  reason: string | undefined;
}

/** What a person does with the weights by hand, between rollouts. */
export interface Activation {
  /**
   * Gives a version its weight; the rest stays with the version that had most.
   * @throws AppError `not_found`, `rollout_running`, `invalid_input` for a version that can't answer.
   */
  activateModel: (request: ActivationRequest) => Promise<ModelVersion>;
  /**
   * Takes a version's weight away; no-op when it has none.
   * @throws AppError `not_found`, `rollout_running`, `last_active`.
   */
  deactivateModel: (request: Omit<ActivationRequest, 'trafficWeight'>) => Promise<ModelVersion>;
}

export function createActivation(options: ActivationOptions): Activation {
  return {
    activateModel: async ({ versionName, trafficWeight, reason }) => {
      const version = await findVersion(options, versionName);
      refuseUnlessItAnswers(options, version);
      return changeWeights(options, version, {
        next: (weights) => activated(weights, versionName, trafficWeight),
        reason: reason ?? 'activated by hand',
      });
    },
    deactivateModel: async ({ versionName, reason }) => {
      const version = await findVersion(options, versionName);
      return changeWeights(options, version, {
        next: (weights) => deactivated(weights, versionName),
        reason: reason ?? 'deactivated by hand',
      });
    },
  };
}

async function findVersion({ registry }: ActivationOptions, versionName: string): Promise<ModelVersion> {
  const version = await registry.find(versionName);
  if (!version) throw new AppError('not_found', 'No model version has this name');
  return version;
}

function refuseUnlessItAnswers(
  { baseModels, now = () => new Date() }: ActivationOptions,
  { versionName, baseModel, endpoint }: ModelVersion,
): void {
  if (versionName !== baseModel && endpoint === null) {
    throw refused(`${versionName} has no known endpoint, so it can’t answer; tune its base again`);
  }
  if (baseModels.hasEnded(baseModel, now())) {
    throw refused(
      `${baseModel} ended on ${baseModels.endsOn(baseModel)}; if Google moved that day, set GEMINI_MODEL_END_DATES`,
    );
  }
}

function refused(message: string): AppError {
  return new AppError('invalid_input', message, { details: [{ field: 'version_name', message }] });
}

interface Change {
  next: (weights: Weights) => Weights;
  reason: string;
}

/** Looks, decides and sets against the generation it looked at; begins anew when somebody else was faster. */
async function changeWeights(
  options: ActivationOptions,
  version: ModelVersion,
  { next, reason }: Change,
): Promise<ModelVersion> {
  const { registry, log } = options;
  const { weights: before, generation } = await registry.traffic();
  if (await options.rolloutRunning()) {
    throw new AppError('rollout_running', 'A rollout holds the weights of the versions');
  }
  const weights = next(before);
  if (sameWeights(before, weights)) return version;
  const { outcome } = await registry.setWeights({
    weights,
    expectedGeneration: generation,
    setBy: 'person',
    reason,
  });
  if (outcome === 'moved') return changeWeights(options, version, { next, reason });
  log.info(
    { event: 'models.weights_set', model_version: version.versionName, weights },
    'A person changed the weights',
  );
  return findVersion(options, version.versionName);
}
