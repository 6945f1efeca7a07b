import type { DataSource } from 'typeorm';
import { createBatchStore } from '../dataset/batch-store.ts';
import { exportFolder } from '../dataset/export-file.ts';
import { createExporter } from '../dataset/exporter.ts';
import { createTrainingSetStore } from '../dataset/training-set-store.ts';
import { pipelineLooks } from '../pipeline/watch.ts';
import { createWatch, type Watch } from '../platform/watch.ts';
import { lookAtRollouts } from '../rollout/watch.ts';
import type { Tuner } from '../tuning/tuner.ts';
import type { Core } from './core.ts';

/** The watch over what terminated workflows leave behind; `db` bounds no statement, since claims may be large. */
export function composeWatch(core: Core, { db, tuner }: { db: DataSource; tuner: Tuner }): Watch {
  const { context, temporal, rollouts, pipelines, registry } = core;
  const { log, settings } = context;
  const batches = createBatchStore({ db });
  const looks = [
    lookAtRollouts({ store: rollouts, registry, temporal, log }),
    ...pipelineLooks({
      pipelines,
      batches,
      exporter: createExporter({ batches, folder: exportFolder(settings.feedbackExportDir), log }),
      trainingSets: createTrainingSetStore({ db }),
      tuner,
      temporal,
      log,
    }),
  ];
  return createWatch({ db: core.db, looks, log });
}
