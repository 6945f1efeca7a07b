import { setTimeout as sleep } from 'node:timers/promises';
import { createMetricsStore } from '../metrics/store.ts';
import { createRegistry } from '../models/registry.ts';
import type { Check } from '../operations/health.ts';
import { createPipelineStore } from '../pipeline/store.ts';
import { connectWhenThere, schemaIsCurrent } from '../platform/postgres/connect.ts';
import { createDataSource } from '../platform/postgres/data-source.ts';
import { isDatabaseDown } from '../platform/postgres/errors.ts';
import { connectTemporal, temporalTarget } from '../platform/temporal/connection.ts';
import { webUiLinks } from '../platform/temporal/links.ts';
import { createRolloutStore } from '../rollout/store.ts';
import type { Parts } from './parts.ts';
import { type RoleContext, RoleError } from './role.ts';

export type Core = ReturnType<typeof composeCore>;

/** What API and worker share: database, Temporal, registry. Nothing is connected yet. */
export function composeCore(context: RoleContext, parts: Parts) {
  const { environment, settings, log } = context;
  const db = createDataSource({ url: parts.databaseUrl, log });
  const temporal = connectTemporal(
    temporalTarget(environment, parts.temporalAddress, settings.temporalNamespace),
  );
  return {
    context,
    parts,
    db,
    /** Told by `connectDatabase`, shown by the probes. */
    schema: { isOld: false },
    temporal,
    links: webUiLinks(parts.temporalUiUrl, settings.temporalNamespace),
    registry: createRegistry({ db }),
    rollouts: createRolloutStore({ db }),
    pipelines: createPipelineStore({ db }),
    metricsStore: createMetricsStore({ db }),
  };
}

const OLD_SCHEMA = 'The database’s schema is older than this program';

/** A schema that stays old means that nobody runs `migrate`. */
const OLD_SCHEMA_TIMEOUT_MS = 60_000;
const SCHEMA_RETRY_MS = 1_000;

/**
 * Waits for the database and for its schema.
 * @throws RoleError when the schema is still old after a minute.
 */
export async function connectDatabase({ db, schema, context: { log, stopping } }: Core): Promise<void> {
  await connectWhenThere(db, log, stopping).catch(explainUnreachable);
  const giveUpAt = Date.now() + OLD_SCHEMA_TIMEOUT_MS;
  while (!(await schemaIsCurrent(db))) {
    if (stopping.aborted) throw stopping.reason;
    if (Date.now() > giveUpAt) {
      throw new RoleError(
        `${OLD_SCHEMA}. Run \`npm run migrate\` with the same DATABASE_URL, then start again.`,
      );
    }
    if (!schema.isOld)
      log.warn({ event: 'database.schema_old' }, `${OLD_SCHEMA}; waiting for \`npm run migrate\``);
    schema.isOld = true;
    await sleep(SCHEMA_RETRY_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  schema.isOld = false;
}

export function databaseCheck({ db, schema }: Core, need: Check['need']): Check {
  return {
    name: 'database',
    need,
    look: async () => {
      if (!db.isInitialized) return { state: 'down', reason: 'not connected yet' };
      if (schema.isOld) return { state: 'down', reason: `${OLD_SCHEMA}: run \`npm run migrate\`` };
      await db.query('SELECT 1');
      return { state: 'up' };
    },
  };
}

export function temporalCheck({ temporal, parts }: Core, need: Check['need']): Check {
  return {
    name: 'temporal',
    need,
    look: async () => ({
      state: (await temporal.isServing()) ? 'up' : 'down',
      address: parts.temporalAddress,
      web_ui_url: parts.temporalUiUrl ?? null,
    }),
  };
}

export function geminiCheck({ parts: { gemini } }: Core, failures: () => number = () => 0): Check {
  const { backend, reason } = gemini.choice;
  const facts = {
    backend,
    reason,
    ...(backend === 'emulator' ? { emulator_url: gemini.connection.baseUrl } : {}),
  };
  return {
    name: 'gemini',
    // Not required: taken out of its balancer, an API could tell nobody why, and would take no thumbs.
    need: 'optional',
    look: async () => {
      const inARow = failures();
      if (inARow === 0) return { state: 'up', ...facts };
      return { ...facts, state: 'down', reason: `the last ${inARow} calls failed` };
    },
  };
}

/** SQLSTATE: wrong password, no such user, no such database. */
const REFUSALS = new Set(['28P01', '28000', '3D000']);

/** @throws RoleError, for a person, when the database can't be reached or lets nobody in; else the error itself */
export function explainUnreachable(error: unknown): never {
  const why = error instanceof Error && error.message ? ` (${error.message})` : '';
  if (isDatabaseDown(error)) {
    throw new RoleError(
      `The database at DATABASE_URL can’t be reached${why}. Check its address and that it runs, then try again.`,
    );
  }
  if (error instanceof Error && 'code' in error && REFUSALS.has(String(error.code))) {
    throw new RoleError(
      `The database at DATABASE_URL refuses${why}. Check the user, the password and the database’s name in it.`,
    );
  }
  throw error;
}
