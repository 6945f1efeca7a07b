import type { DataSource, EntityManager } from 'typeorm';
import { IsNull } from 'typeorm';
import type { ModelVersion, TrafficChange, TrafficSetter } from './entity.ts';
import { ModelVersionEntity, TrafficChangeEntity } from './entity.ts';
import { nextTunedName } from './version-name.ts';
import type { Weights } from './weights.ts';
import { heaviest, sameWeights } from './weights.ts';

/** The weights in force, and who set them. */
export interface Traffic {
  generation: number;
  setBy: TrafficSetter;
  rolloutId: string | null;
  /** Percent of the stage that a rollout's change belongs to. */
  rolloutStage: number | null;
  candidate: string | null;
  salt: string;
  weights: Weights;
}

export interface WeightChange {
  /**
   * Absolute percent by version name, adding up to 100; every version not named gets 0. One named with 0
   * stays ready to answer where another one fails.
   */
  weights: Weights;
  /** The generation that the caller has seen; left out = whatever is in force. */
  expectedGeneration?: number;
  setBy: TrafficSetter;
  rollout?: { id: string; stage: number; candidate: string; salt: string };
  reason: string;
}

/**
 * `set`: done now. `already_so`: the same change is in force (a repeated call). `moved`: somebody else
 * changed the weights since `expectedGeneration`; nothing was done.
 */
export interface WeightResult {
  outcome: 'set' | 'already_so' | 'moved';
  traffic: Traffic;
}

export interface TunedVersion {
  baseModel: string;
  /** Full resource name. */
  trainingJobId: string;
  /** Examples of the training part. */
  trainingDataSize: number;
  endpoint: string;
  tunedModel: string;
}

export type Registry = ReturnType<typeof createRegistry>;

/** Versions and their weights in PostgreSQL. Weights change in one transaction, by absolute value. */
export function createRegistry({ db }: { db: DataSource }) {
  const versions = db.getRepository(ModelVersionEntity);
  return {
    /** All versions, newest first. */
    list: (): Promise<ModelVersion[]> =>
      versions.find({ where: { deletedAt: IsNull() }, order: { id: 'DESC' } }),
    find: (versionName: string): Promise<ModelVersion | null> =>
      versions.findOneBy({ versionName, deletedAt: IsNull() }),
    /** The version with the highest weight: what a rollout takes as its baseline. */
    getActiveModel: async (): Promise<string | undefined> =>
      heaviest((await readTraffic(db.manager)).weights),
    /** What is in force now. */
    traffic: (): Promise<Traffic> => readTraffic(db.manager),
    setWeights: (change: WeightChange): Promise<WeightResult> =>
      db.transaction((manager) => setWeights(manager, change)),
    /** Registers a plain base at 0 %; the same base again gives the version that is there, not new. */
    registerBase: (baseModel: string): Promise<{ version: ModelVersion; isNew: boolean }> =>
      db.transaction((manager) => registerBase(manager, baseModel)),
    /** Registers a tuned version at 0 %; the same training job again gives the version that is there. */
    registerTuned: (tuned: TunedVersion): Promise<ModelVersion> =>
      db.transaction((manager) => registerTuned(manager, tuned)),
  };
}

async function readTraffic(manager: EntityManager): Promise<Traffic> {
  const change = await manager
    .getRepository(TrafficChangeEntity)
    .findOneOrFail({ where: {}, order: { generation: 'DESC' } });
  return asTraffic(change);
}

function asTraffic({
  generation,
  setBy,
  rolloutId,
  rolloutStage,
  candidate,
  salt,
  weights,
}: TrafficChange): Traffic {
  return { generation: Number(generation), setBy, rolloutId, rolloutStage, candidate, salt, weights };
}

async function setWeights(manager: EntityManager, change: WeightChange): Promise<WeightResult> {
  // One change at a time; readers are not held up.
  await manager.query('LOCK TABLE traffic_changes IN SHARE ROW EXCLUSIVE MODE');
  const now = await readTraffic(manager);
  if (isInForce(now, change)) return { outcome: 'already_so', traffic: now };
  if (change.expectedGeneration !== undefined && change.expectedGeneration !== now.generation) {
    return { outcome: 'moved', traffic: now };
  }
  const weights = await writeWeights(manager, change.weights);
  const next: Traffic = {
    generation: now.generation + 1,
    setBy: change.setBy,
    rolloutId: change.rollout?.id ?? null,
    rolloutStage: change.rollout?.stage ?? null,
    candidate: change.rollout?.candidate ?? null,
    // A person's change keeps the split, so that raising a weight moves nobody back here either.
    salt: change.rollout?.salt ?? now.salt,
    weights,
  };
  await manager
    .getRepository(TrafficChangeEntity)
    .insert({ ...next, generation: String(next.generation), reason: change.reason });
  return { outcome: 'set', traffic: next };
}

function isInForce(now: Traffic, { weights, setBy, rollout }: WeightChange): boolean {
  const sameSetter =
    now.setBy === setBy &&
    now.rolloutId === (rollout?.id ?? null) &&
    now.rolloutStage === (rollout?.stage ?? null);
  return sameSetter && sameWeights(now.weights, weights);
}

/** Writes the weights into the versions' rows and gives them back. */
async function writeWeights(manager: EntityManager, weights: Weights): Promise<Record<string, number>> {
  const sum = Object.values(weights).reduce((total, percent) => total + percent, 0);
  if (sum !== 100) throw new Error(`Weights add up to ${sum}, not 100`);
  const known = await manager
    .getRepository(ModelVersionEntity)
    .find({ select: { versionName: true }, where: { deletedAt: IsNull() } });
  const names = new Set(known.map((version) => version.versionName));
  const unknown = Object.keys(weights).find((name) => !names.has(name));
  if (unknown) throw new Error(`No version is called ${unknown}`);
  await manager.query(WRITE_WEIGHTS, [JSON.stringify(weights)]);
  return { ...weights };
}

const WRITE_WEIGHTS = `
  UPDATE model_versions AS version SET
    traffic_weight = weight, is_active = weight > 0, updated_at = now(),
    activated_at = CASE WHEN weight > 0 AND NOT is_active THEN now() ELSE activated_at END,
    deactivated_at = CASE WHEN weight = 0 AND is_active THEN now() ELSE deactivated_at END
  FROM (SELECT id, COALESCE(($1::jsonb ->> version_name)::int, 0) AS weight FROM model_versions) AS wanted
  WHERE wanted.id = version.id AND (is_active OR weight > 0)`;

async function registerBase(
  manager: EntityManager,
  baseModel: string,
): Promise<{ version: ModelVersion; isNew: boolean }> {
  // A row that this statement inserted has no earlier version: xmax 0.
  const rows: { is_new: boolean }[] = await manager.query(
    `INSERT INTO model_versions (version_name, base_model, training_data_size) VALUES ($1, $1, 0)
     ON CONFLICT (version_name) DO UPDATE SET deleted_at = NULL
     RETURNING xmax = 0 AS is_new`,
    [baseModel],
  );
  const version = await manager.getRepository(ModelVersionEntity).findOneByOrFail({ versionName: baseModel });
  return { version, isNew: rows[0]?.is_new ?? false };
}

async function registerTuned(manager: EntityManager, tuned: TunedVersion): Promise<ModelVersion> {
  const versions = manager.getRepository(ModelVersionEntity);
  // Two tunings that end at once must not take the same number.
  await manager.query('LOCK TABLE model_versions IN SHARE ROW EXCLUSIVE MODE');
  const registered = await versions.findOneBy({ trainingJobId: tuned.trainingJobId });
  if (registered) return registered;
  const taken = await versions.find({ select: { versionName: true } });
  const versionName = nextTunedName(
    tuned.baseModel,
    taken.map((version) => version.versionName),
  );
  await versions.insert({ versionName, ...tuned });
  return versions.findOneByOrFail({ versionName });
}
