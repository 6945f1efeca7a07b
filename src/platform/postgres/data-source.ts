import { DataSource } from 'typeorm';
import { ExportBatchEntity, TrainingSetEntity } from '../../dataset/entity.ts';
import { AIFeedbackEntity } from '../../feedback/entity.ts';
import type { Log } from '../../log.ts';
import { MetricsMinuteEntity } from '../../metrics/entity.ts';
import { ModelVersionEntity, TrafficChangeEntity } from '../../models/entity.ts';
import { PipelineRunEntity } from '../../pipeline/entity.ts';
import { RolloutEntity, RolloutEventEntity, RolloutStratumEntity } from '../../rollout/entity.ts';
import { MIGRATIONS } from './migrations/index.ts';

export const ENTITIES = [
  AIFeedbackEntity,
  ModelVersionEntity,
  TrafficChangeEntity,
  MetricsMinuteEntity,
  ExportBatchEntity,
  TrainingSetEntity,
  PipelineRunEntity,
  RolloutEntity,
  RolloutEventEntity,
  RolloutStratumEntity,
];

/** How long a connection or a statement may take before the database counts as down. */
const CONNECT_TIMEOUT_MS = 3_000;
const QUERY_TIMEOUT_MS = 5_000;

/**
 * TypeORM over one pg pool. A lost server doesn't end the process: the pool heals by itself.
 * `query_timeout` also bounds a frozen server, which `statement_timeout` can't.
 */
export function createDataSource({
  url,
  log,
  poolSize = 10,
  statements = 'bounded',
}: {
  url: string;
  log: Log;
  poolSize?: number;
  /** A migration may rewrite a large table, and an export claim a million rows: those are bounded by whoever waits. */
  statements?: 'bounded' | 'unbounded';
}): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    migrationsTableName: 'thumbwheel_migrations',
    migrationsTransactionMode: 'each',
    poolSize,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolErrorHandler: (error: unknown) =>
      log.warn({ event: 'database.connection_lost', err: error }, 'A database connection was lost'),
    extra: { keepAlive: true, ...(statements === 'bounded' ? { query_timeout: QUERY_TIMEOUT_MS } : {}) },
  });
}
