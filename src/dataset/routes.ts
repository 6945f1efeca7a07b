import type { DataSource } from 'typeorm';
import type { Log } from '../log.ts';
import type { Route } from '../platform/http/route.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import { TASK_QUEUE } from '../platform/temporal/task-queue.ts';
import { batchRoutes } from './batch-routes.ts';
import { createBatchStore } from './batch-store.ts';
import { downloadRoute } from './download-routes.ts';
import { createWindowStore } from './window-store.ts';

export interface DatasetRouteDeps {
  db: DataSource;
  temporal: Pick<Temporal, 'call'>;
  links: WebUiLinks;
  log: Log;
  /** Default `thumbwheel`. */
  taskQueue?: string;
}

/** The manual download, and the exports that mark what they take. */
export function createDatasetRoutes({
  db,
  temporal,
  links,
  log,
  taskQueue = TASK_QUEUE,
}: DatasetRouteDeps): Route[] {
  return [
    downloadRoute({ windows: createWindowStore({ db }), log }),
    ...batchRoutes({ batches: createBatchStore({ db }), temporal, links, taskQueue }),
  ];
}
