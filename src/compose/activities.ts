import type { DataSource } from 'typeorm';
import { createDatasetActivities } from '../../activities/dataset.ts';
import { createActivities } from '../../activities/index.ts';
import { createRolloutActivities } from '../../activities/rollout.ts';
import { createCloudStorage } from '../dataset/cloud-storage.ts';
import type { DatasetStore } from '../dataset/dataset-store.ts';
import { createGeminiFiles } from '../dataset/gemini-files.ts';
import { createLocalFolder } from '../dataset/local-folder.ts';
import { createTrainingSetStore } from '../dataset/training-set-store.ts';
import { createRegistry } from '../models/registry.ts';
import { createPipelineStore } from '../pipeline/store.ts';
import { createFiguresStore } from '../rollout/figures-store.ts';
import type { PlanDefaults } from '../rollout/plan.ts';
import { createRolloutStore } from '../rollout/store.ts';
import { createStrataStore } from '../rollout/strata-store.ts';
import type { Settings } from '../settings/table.ts';
import { createGeminiTuner } from '../tuning/gemini-tuner.ts';
import type { Tuner } from '../tuning/tuner.ts';
import { createUnavailableTuner, DEVELOPER_API_REASON } from '../tuning/unavailable-tuner.ts';
import type { Core } from './core.ts';

/** All activities of all workflows, with what they work with. */
export function composeActivities(
  core: Core,
  { db, tuner, searchAttributes }: { db: DataSource; tuner: Tuner; searchAttributes: boolean },
) {
  const { context } = core;
  const { log, settings } = context;
  const dataset = createDatasetActivities({
    db,
    datasetStore: composeDatasetStore(core),
    exportDir: settings.feedbackExportDir,
    log,
  });
  const registry = createRegistry({ db });
  const rollouts = createRolloutStore({ db });
  const pipelines = createPipelineStore({ db });
  const rollout = createRolloutActivities({
    registry,
    store: rollouts,
    strata: createStrataStore({ db }),
    figures: createFiguresStore({ db }),
    defaults: planDefaults(settings),
    searchAttributes,
    log,
  });
  const trainingSets = createTrainingSetStore({ db });
  return {
    ...createActivities({ dataset, pipelines, rollouts, registry, trainingSets, tuner, settings, log }),
    ...rollout,
  };
}

export function composeTuner({ parts: { gemini }, context: { settings, baseModels, log } }: Core): Tuner {
  const { connection, bucket } = gemini;
  if (connection.wire === 'developer') return createUnavailableTuner(DEVELOPER_API_REASON);
  return createGeminiTuner({
    connection,
    location: settings.geminiLocation,
    bucket,
    epochCount: settings.tuningEpochCount,
    learningRateMultiplier: settings.tuningLearningRateMultiplier,
    baseModels,
    log,
  });
}

function composeDatasetStore({ parts: { gemini }, context: { settings } }: Core): DatasetStore {
  const { connection, bucket, storageUrl } = gemini;
  if (connection.wire === 'developer') return createGeminiFiles({ connection });
  if (bucket) return createCloudStorage({ bucket, projectId: connection.projectId, url: storageUrl });
  return createLocalFolder({ path: settings.feedbackExportDir });
}

function planDefaults(settings: Settings): PlanDefaults {
  return {
    stages: settings.rolloutStages,
    gate: {
      require: settings.rolloutRequire,
      maxRegression: settings.rolloutMaxRegression,
      alpha: settings.rolloutAlpha,
      minSamples: settings.rolloutMinSamples,
      minDurationMs: settings.rolloutStageMinDurationMs,
      maxDurationMs: settings.rolloutStageMaxDurationMs,
      checkIntervalMs: settings.rolloutCheckIntervalMs,
      bakeMs: settings.rolloutBakeMs,
      onTimeout: settings.rolloutOnTimeout,
    },
  };
}
