import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { World } from '../world.ts';
import { crc32c, crc32cBase64 } from './checksums.ts';

/** Bytes on disk under their SHA-256 (hex), with the checksums that Google reports. */
export interface Blob {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly crc32c: string;
  readonly md5Hash: string;
}

export function blobPath(world: World, sha256: string): string {
  return join(world.blobDir, sha256);
}

/** Stores a stream of any length in constant memory; nothing is left behind when it breaks off. */
export async function saveBlob(world: World, source: AsyncIterable<Buffer>): Promise<Blob> {
  await mkdir(world.blobDir, { recursive: true });
  const beside = join(world.blobDir, `incoming-${randomUUID()}`);
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let crc = 0;
  let sizeBytes = 0;
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      sha256.update(chunk);
      md5.update(chunk);
      crc = crc32c(chunk, crc);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  try {
    await pipeline(measured, createWriteStream(beside));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  const name = sha256.digest('hex');
  await rename(beside, blobPath(world, name));
  return { sha256: name, sizeBytes, crc32c: crc32cBase64(crc), md5Hash: md5.digest('base64') };
}

/** Removes bytes that neither an object nor a file refers to any more. */
export async function dropBlob(world: World, sha256: string): Promise<void> {
  const { objects, files } = world.store.current;
  if ([...objects, ...files].some((holder) => holder.sha256 === sha256)) return;
  await rm(blobPath(world, sha256), { force: true });
}

/** Removes what uploads that a stop or crash broke off have left behind. */
export async function sweepLeftovers(blobDir: string): Promise<void> {
  await mkdir(blobDir, { recursive: true });
  const leftovers = (await readdir(blobDir)).filter((name) => !/^[0-9a-f]{64}$/.test(name));
  await Promise.all(leftovers.map((name) => rm(join(blobDir, name), { force: true })));
}
