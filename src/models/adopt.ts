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

/**
 * Makes the registry whole before its first use: the base is there and the weights add up to 100. A tuned
 * version whose endpoint isn't known (the Go service kept none) keeps its row, not its weight.
 */
export async function adoptRegistry({
  runner,
  baseModel,
  log,
}: {
  runner: QueryRunner;
  baseModel: string;
  log: Log;
}): Promise<void> {
  await runner.startTransaction();
  try {
    const inForce: unknown[] = await runner.query('SELECT 1 FROM traffic_changes LIMIT 1');
    if (inForce.length === 0) await firstTraffic(runner, baseModel, log);
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction();
    throw error;
  }
}

async function firstTraffic(runner: QueryRunner, baseModel: string, log: Log): Promise<void> {
  const rows: Row[] = await runner.query('SELECT * FROM model_versions WHERE deleted_at IS NULL ORDER BY id');
  for (const row of rows.filter((candidate) => candidate.is_active && !canAnswer(candidate))) {
    log.warn(
      { event: 'models.weight_not_adopted', model_version: row.version_name },
      `${row.version_name} had ${row.traffic_weight} % of the traffic, but its endpoint is not known: it keeps its row, not its weight`,
    );
  }
  const base =
    rows.find((row) => row.version_name === row.base_model && row.is_active)?.version_name ?? baseModel;
  const weights = adoptedWeights(rows, base);
  await runner.query(
    `INSERT INTO model_versions (version_name, base_model, training_data_size) VALUES ($1, $1, 0)
     ON CONFLICT (version_name) DO UPDATE SET deleted_at = NULL`,
    [base],
  );
  await runner.query(
    `UPDATE model_versions SET is_active = $1::jsonb ? version_name, traffic_weight = COALESCE(($1::jsonb ->> version_name)::int, 0),
       activated_at = CASE WHEN $1::jsonb ? version_name THEN COALESCE(activated_at, now()) ELSE activated_at END`,
    [JSON.stringify(weights)],
  );
  await runner.query(
    `INSERT INTO traffic_changes (generation, set_by, salt, reason, weights) VALUES (1, 'install', $1, 'first start', $2)`,
    [randomUUID(), JSON.stringify(weights)],
  );
}

function canAnswer(row: Row): boolean {
  return row.version_name === row.base_model || row.endpoint !== null;
}

/** What can answer keeps its weight, scaled down if they exceed 100; the base gets what is missing. */
function adoptedWeights(rows: Row[], base: string): Record<string, number> {
  const others = rows.filter(
    (row) => row.is_active && row.traffic_weight > 0 && canAnswer(row) && row.version_name !== base,
  );
  const given = others.reduce((sum, row) => sum + row.traffic_weight, 0);
  const scale = given > 100 ? 100 / given : 1;
  const weights = Object.fromEntries(
    others.map((row) => [row.version_name, Math.floor(row.traffic_weight * scale)]),
  );
  const missing = 100 - Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  return missing > 0 ? { ...weights, [base]: missing } : weights;
}
