import { z } from 'zod';
import type { StoredObject } from '../state.ts';
import { StorageFault } from '../wire/errors.ts';
import type { WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import { type Blob, dropBlob } from './blobs.ts';

/** What an upload says of its object; unknown fields are ignored, as Cloud Storage does. */
const objectMetadata = z.object({
  name: z.string().optional(),
  contentType: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
});

export interface NewObject {
  readonly bucket: string;
  readonly name: string;
  readonly contentType: string;
  readonly metadata: Record<string, string>;
}

/** The object that an upload names in its query or its metadata. Throws StorageFault 400 without a name. */
export function newObject(request: WireRequest, said: unknown, contentType: string | undefined): NewObject {
  const parsed = objectMetadata.safeParse(said);
  if (!parsed.success) throw new StorageFault(400, 'invalid', 'Invalid object metadata.');
  const name = request.query.get('name') ?? parsed.data.name ?? '';
  if (name === '') throw new StorageFault(400, 'required', 'Required parameter: name');
  return {
    bucket: request.params.bucket ?? '',
    name,
    contentType: parsed.data.contentType ?? contentType ?? 'application/octet-stream',
    metadata: parsed.data.metadata ?? {},
  };
}

export function findObject(world: World, bucket: string, name: string): StoredObject | undefined {
  return world.store.current.objects.find((object) => object.bucket === bucket && object.name === name);
}

/** Throws StorageFault 404 when the bucket is one of those that do not exist. */
export function checkBucket(world: World, bucket: string): void {
  if (world.settings().missingBuckets.includes(bucket)) {
    throw new StorageFault(404, 'notFound', 'The specified bucket does not exist.');
  }
}

/** `ifGenerationMatch`: the generation that must be there, 0 for none. Throws StorageFault 412. */
export function checkGeneration(world: World, query: URLSearchParams, object: NewObject): void {
  const wanted = query.get('ifGenerationMatch');
  if (wanted === null) return;
  const generation = findObject(world, object.bucket, object.name)?.generation ?? '0';
  if (wanted === generation) return;
  throw new StorageFault(
    412,
    'conditionNotMet',
    'At least one of the pre-conditions you specified did not hold.',
  );
}

/** Puts an object in the place of any older one of its name. */
export async function putObject(world: World, object: NewObject, blob: Blob): Promise<StoredObject> {
  const state = world.store.current;
  const older = findObject(world, object.bucket, object.name);
  const nowMs = world.nowMs();
  const generation = Math.max(nowMs * 1000, Number(older?.generation ?? 0) + 1);
  const stored: StoredObject = { ...object, ...blob, generation: String(generation), timeCreatedMs: nowMs };
  state.objects = [...state.objects.filter((other) => other !== older), stored];
  await world.store.save();
  if (older !== undefined) await dropBlob(world, older.sha256);
  return stored;
}

export async function removeObject(world: World, object: StoredObject): Promise<void> {
  const state = world.store.current;
  state.objects = state.objects.filter((other) => other !== object);
  await world.store.save();
  await dropBlob(world, object.sha256);
}

/** An object as Cloud Storage's JSON API shows it; sizes and generations are strings. */
export function objectResource(object: StoredObject, origin: string): object {
  const { bucket, name, generation, contentType, metadata, md5Hash, crc32c } = object;
  const time = new Date(object.timeCreatedMs).toISOString();
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${origin}/storage/v1/${path}`,
    mediaLink: `${origin}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: '1',
    contentType,
    storageClass: 'STANDARD',
    size: String(object.sizeBytes),
    md5Hash,
    crc32c,
    etag: Buffer.from(generation).toString('base64'),
    timeCreated: time,
    updated: time,
    timeStorageClassUpdated: time,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}
