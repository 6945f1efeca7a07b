import type { createDatasetActivities } from './dataset.ts';
import { createModelActivities, type ModelActivityDeps } from './models.ts';
import { createPipelineActivities, type PipelineActivityDeps, telling } from './pipeline.ts';
import { createTuningActivities, type TuningActivityDeps } from './tuning.ts';

export type DatasetActivities = ReturnType<typeof createDatasetActivities>;

export type ActivityDeps = PipelineActivityDeps &
  TuningActivityDeps &
  ModelActivityDeps & { dataset: DatasetActivities };

export type Activities = ReturnType<typeof createActivities>;

/** All activities of all workflows, by their names. */
export function createActivities(deps: ActivityDeps) {
  const { pipelines, dataset } = deps;
  const tuning = createTuningActivities(deps);
  const models = createModelActivities(deps);
  return {
    ...dataset,
    ...tuning,
    ...models,
    ...createPipelineActivities(deps),
    exportBatch: telling(
      { pipelines, phase: 'exporting', before: ({ batchId }) => ({ batchId }) },
      dataset.exportBatch,
    ),
    uploadDataset: telling(
      {
        pipelines,
        phase: 'uploading',
        after: (answer) => ({ trainingSetId: answer.outcome === 'uploaded' ? answer.trainingSetId : null }),
      },
      dataset.uploadDataset,
    ),
    startTuning: telling(
      { pipelines, phase: 'tuning', after: ({ job }) => ({ tuningJob: job }) },
      tuning.startTuning,
    ),
    awaitTuning: telling(
      {
        // A look at a job needs no database: the list may miss one.
        pipelines: { note: (run, note) => pipelines.note(run, note).catch(() => undefined) },
        phase: 'tuning',
        before: ({ job }) => ({ tuningJob: job }),
      },
      tuning.awaitTuning,
    ),
    registerModel: telling(
      { pipelines, phase: 'registering', after: ({ versionName }) => ({ candidate: versionName }) },
      models.registerModel,
    ),
  };
}
