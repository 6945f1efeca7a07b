import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredObject } from '../state.ts';
import { StorageFault } from '../wire/errors.ts';
import { jsonReply, type Reply } from '../wire/reply.ts';
import type { WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import { saveBlob } from './blobs.ts';
import { checkGeneration, type NewObject, newObject, objectResource, putObject } from './stored-objects.ts';

export interface ResumableUploads {
  start(request: WireRequest): Promise<Reply>;
  /** A chunk, the whole, or the question how far it got. */
  put(request: WireRequest): Promise<Reply>;
}

interface Session {
  readonly object: NewObject;
  readonly query: URLSearchParams;
  readonly path: string;
  done: StoredObject | undefined;
}

/** Sessions live in memory: after a restart the client is told 404 and starts again, as Google allows. */
export function createResumableUploads(world: World): ResumableUploads {
  const sessions = new Map<string, Session>();
  return {
    async start(request) {
      const object = newObject(
        request,
        await readJson(request.stream),
        headerText(request.headers['x-upload-content-type']),
      );
      checkGeneration(world, request.query, object);
      const id = randomUUID();
      await mkdir(world.blobDir, { recursive: true });
      const path = join(world.blobDir, `resumable-${id}`);
      await appendFile(path, '');
      sessions.set(id, { object, query: request.query, path, done: undefined });
      const location = new URL(request.path, request.origin);
      location.search = new URLSearchParams({
        uploadType: 'resumable',
        name: object.name,
        upload_id: id,
      }).toString();
      return jsonReply(undefined, { headers: { location: location.href, 'x-guploader-uploadid': id } });
    },
    async put(request) {
      const session = sessions.get(request.query.get('upload_id') ?? '');
      if (session === undefined) throw new StorageFault(404, 'notFound', 'No such upload session.');
      if (session.done !== undefined) return jsonReply(objectResource(session.done, request.origin));
      const range = parseContentRange(request.headers['content-range']);
      if (range.start !== undefined) await append(session, request.stream, range.start);
      const received = await sizeOf(session);
      const isWhole = range.total === undefined ? range.endsWithBody : received === range.total;
      if (!isWhole) return progress(received);
      return finish(world, session, request.origin);
    },
  };
}

async function finish(world: World, session: Session, origin: string): Promise<Reply> {
  checkGeneration(world, session.query, session.object);
  const blob = await saveBlob(world, createReadStream(session.path));
  checkGeneration(world, session.query, session.object);
  session.done = await putObject(world, session.object, blob);
  await rm(session.path, { force: true });
  return jsonReply(objectResource(session.done, origin));
}

/** 308 with the bytes that are safe; without any there is no `range`. */
function progress(received: number): Reply {
  const headers = received > 0 ? { range: `bytes=0-${received - 1}` } : {};
  return jsonReply(undefined, { status: 308, headers });
}

/** Writes what continues the bytes that are there; what came before is skipped, a gap is left alone. */
async function append(session: Session, stream: AsyncIterable<Buffer>, start: number): Promise<void> {
  let at = start;
  for await (const chunk of stream) {
    const received = await sizeOf(session);
    const fresh = chunk.subarray(Math.max(0, received - at));
    if (at <= received && fresh.length > 0) await appendFile(session.path, fresh);
    at += chunk.length;
  }
}

async function sizeOf(session: Session): Promise<number> {
  return (await stat(session.path)).size;
}

/** Whole or open ranges (first-last/total, either may be a star); without the header the body is the whole. */
function parseContentRange(header: string | string[] | undefined): {
  start: number | undefined;
  endsWithBody: boolean;
  total: number | undefined;
} {
  if (header === undefined) return { start: 0, endsWithBody: true, total: undefined };
  const match = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(headerText(header) ?? '');
  if (match === null) throw new StorageFault(400, 'badRequest', 'Failed to parse Content-Range header.');
  const [, start, end, total] = match;
  return {
    start: start === undefined ? undefined : Number(start),
    endsWithBody: end === '*',
    total: total === undefined || total === '*' ? undefined : Number(total),
  };
}

async function readJson(stream: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    throw new StorageFault(400, 'parseError', 'Parse Error');
  }
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
