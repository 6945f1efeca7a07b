import { randomUUID } from 'node:crypto';
import type { QueryRunner } from 'typeorm';
import type { Log } from '../log.ts';

interface Row {
  version_name: string;
  base_model: string;
  endpoint: string | null;
  is_active: boolean;
  traffic_weight: number;
}

export interface AdoptOptions {
  runner: QueryRunner;
  /** Base model of an empty registry, and of one whose own base has ended. */
  baseModel: string;
  hasEnded: (baseModel: string) => boolean;
  log: Log;
}

/**
 * Makes the registry whole before its first use: the base is there and the weights add up to 100. A version
 * that can't answer, since its endpoint isn't known (the Go service kept none) or its base has ended, keeps its
 * row, not its weight.
 */
export async function adoptRegistry(options: AdoptOptions): Promise<void> {
  const { runner } = options;
  await runner.startTransaction();
  try {
    const inForce: unknown[] = await runner.query('SELECT 1 FROM traffic_changes LIMIT 1');
    if (inForce.length === 0) await firstTraffic(options);
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

async function firstTraffic({ runner, baseModel, hasEnded, log }: AdoptOptions): Promise<void> {
  const rows: Row[] = await runner.query('SELECT * FROM model_versions WHERE deleted_at IS NULL ORDER BY id');
  for (const row of rows.filter((active) => active.is_active)) {
    const why = whyNoWeight(row, hasEnded);
    if (!why) continue;
    log.warn(
      { event: 'models.weight_not_adopted', model_version: row.version_name },
      `${row.version_name} had ${row.traffic_weight} % of the traffic, but ${why}: it keeps its row, not its weight`,
    );
  }
  const answering = rows.filter((row) => row.is_active && !whyNoWeight(row, hasEnded));
  const base = answering.find(isPlain)?.version_name ?? baseModel;
  const weights = adoptedWeights(answering, base);
  await runner.query(
    `INSERT INTO model_versions (version_name, base_model, training_data_size) VALUES ($1, $1, 0)
     ON CONFLICT (version_name) DO UPDATE SET deleted_at = NULL`,
    [base],
  );
  await runner.query(
    `UPDATE model_versions SET is_active = $1::jsonb ? version_name, traffic_weight = COALESCE(($1::jsonb ->> version_name)::int, 0),
       activated_at = CASE WHEN $1::jsonb ? version_name THEN COALESCE(activated_at, now()) ELSE activated_at END,
       deactivated_at = CASE WHEN is_active AND NOT $1::jsonb ? version_name THEN now() ELSE deactivated_at END`,
    [JSON.stringify(weights)],
  );
  await runner.query(
    `INSERT INTO traffic_changes (generation, set_by, salt, reason, weights) VALUES (1, 'install', $1, 'first start', $2)`,
    [randomUUID(), JSON.stringify(weights)],
  );
}

function isPlain(row: Row): boolean {
  return row.version_name === row.base_model;
}

function whyNoWeight(row: Row, hasEnded: AdoptOptions['hasEnded']): string | undefined {
  if (!isPlain(row) && row.endpoint === null) return 'its endpoint is not known';
  return hasEnded(row.base_model) ? `${row.base_model} has ended` : undefined;
}

/** What can answer keeps its weight, scaled down if they exceed 100; the base gets what is missing. */
function adoptedWeights(answering: Row[], base: string): Record<string, number> {
  const others = answering.filter((row) => row.traffic_weight > 0 && row.version_name !== base);
  const given = others.reduce((sum, row) => sum + row.traffic_weight, 0);
  const scale = given > 100 ? 100 / given : 1;
  const weights = Object.fromEntries(
    others.map((row) => [row.version_name, Math.floor(row.traffic_weight * scale)]),
  );
  const missing = 100 - Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return missing > 0 ? { ...weights, [base]: missing } : weights;
}
