import { ApplicationFailure } from '@temporalio/common';
import type { TrainingSetStore } from '../src/dataset/training-set-store.ts';
import type { Log } from '../src/log.ts';
import type { Registry } from '../src/models/registry.ts';

export interface ModelActivityDeps {
  registry: Pick<Registry, 'registerTuned'>;
  trainingSets: Pick<TrainingSetStore, 'find' | 'markTrained'>;
  log: Log;
}

export interface RegisterModelInput {
  job: string;
  trainingSetId: string;
  baseModel: string;
  tunedModel: string;
  endpoint: string;
}

export function createModelActivities({ registry, trainingSets, log }: ModelActivityDeps) {
  return {
    /** Registers what a job made at 0 %; the same job again gives the version that is there. */
    registerModel: async (input: RegisterModelInput): Promise<{ versionName: string }> => {
      const { job, trainingSetId, baseModel, tunedModel, endpoint } = input;
      const set = await trainingSets.find(trainingSetId);
      if (!set)
        throw ApplicationFailure.nonRetryable(`No training set ${trainingSetId}`, 'TrainingSetUnknown');
      const { versionName } = await registry.registerTuned({
        baseModel,
        trainingJobId: job,
        trainingDataSize: set.trainingExamples,
        endpoint,
        tunedModel,
      });
      await trainingSets.markTrained(trainingSetId);
      log.info(
        { event: 'tuning.registered', model_version: versionName, job },
        `${versionName} registered at 0 %`,
      );
      return { versionName };
    },
  };
}
