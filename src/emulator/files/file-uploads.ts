import { randomBytes, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StoredFile } from '../state.ts';
import { saveBlob } from '../storage/blobs.ts';
import { ApiFault, invalidArgument } from '../wire/errors.ts';
import { jsonReply, type Reply } from '../wire/reply.ts';
import type { WireRequest } from '../wire/route.ts';
import { parseBody } from '../wire/strict-json.ts';
import type { World } from '../world.ts';

const startBody = z.strictObject({
  file: z
    .strictObject({
      name: z
        .string()
        .regex(
          /^files\/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/,
          'must be files/ and up to 40 of a-z, 0-9 and -',
        )
        .optional(),
      displayName: z.string().max(512).optional(),
      mimeType: z.string().optional(),
      sizeBytes: z.union([z.string(), z.number()]).optional(),
    })
    .optional(),
});

interface Session {
  readonly name: string;
  readonly displayName: string | undefined;
  readonly mimeType: string;
  readonly announcedBytes: number | undefined;
  readonly path: string;
  /** The stored file once the last bytes are there; who asks again is shown it again. */
  done: StoredFile | undefined;
}

export interface FileUploads {
  start(request: WireRequest): Promise<Reply>;
  /** A part of the bytes; after the last one the file is stored and shown. */
  receive(request: WireRequest, show: (file: StoredFile) => ReturnType<typeof jsonReply>): Promise<Reply>;
}

/** Google's resumable upload protocol (`x-goog-upload-*` headers), as the Files API speaks it. */
export function createFileUploads(world: World): FileUploads {
  const sessions = new Map<string, Session>();
  return {
    async start(request) {
      if (header(request, 'x-goog-upload-protocol') !== 'resumable' || command(request) !== 'start') {
        throw invalidArgument('Upload protocol must be resumable and begin with the command start.');
      }
      const { file } = parseBody(startBody, request.body);
      const mimeType = file?.mimeType ?? header(request, 'x-goog-upload-header-content-type');
      if (mimeType === undefined) throw invalidArgument('MIME type is required.');
      const name = file?.name ?? `files/${randomBytes(6).toString('hex')}`;
      refuseTaken(world, name);
      const id = randomUUID();
      const length = header(request, 'x-goog-upload-header-content-length');
      await mkdir(world.blobDir, { recursive: true });
      const path = join(world.blobDir, `upload-${id}`);
      await appendFile(path, '');
      sessions.set(id, {
        name,
        displayName: file?.displayName,
        mimeType,
        announcedBytes: length === undefined ? undefined : Number(length),
        path,
        done: undefined,
      });
      const url = `${request.origin}${request.path}/${id}`;
      return jsonReply({}, { headers: { 'x-goog-upload-url': url, 'x-goog-upload-status': 'active' } });
    },
    async receive(request, show) {
      const session = sessions.get(request.params.upload ?? '');
      if (session === undefined) throw new ApiFault('NOT_FOUND', 'Upload session not found.');
      if (session.done === undefined) {
        const commands = command(request)
          .split(',')
          .map((word) => word.trim());
        if (commands.includes('upload')) await append(session, request);
        if (!commands.includes('finalize')) return progress(await sizeOf(session));
        session.done = await finish(world, session);
      }
      return { ...show(session.done), headers: { 'x-goog-upload-status': 'final' } };
    },
  };
}

async function append(session: Session, request: WireRequest): Promise<void> {
  const received = await sizeOf(session);
  const offset = Number(header(request, 'x-goog-upload-offset') ?? '0');
  if (offset !== received) {
    throw invalidArgument(`Upload offset ${offset} does not match the ${received} bytes received.`);
  }
  for await (const chunk of request.stream) await appendFile(session.path, chunk);
}

async function finish(world: World, session: Session): Promise<StoredFile> {
  const { name, displayName, mimeType, announcedBytes, path } = session;
  const received = await sizeOf(session);
  if (announcedBytes !== undefined && announcedBytes !== received) {
    throw invalidArgument(`Upload has ${received} bytes, ${announcedBytes} were announced.`);
  }
  refuseTaken(world, name);
  const { sha256, sizeBytes } = await saveBlob(world, createReadStream(path));
  const file: StoredFile = {
    name,
    ...(displayName === undefined ? {} : { displayName }),
    mimeType,
    sizeBytes,
    sha256,
    createTimeMs: world.nowMs(),
  };
  world.store.current.files.push(file);
  await world.store.save();
  await rm(path, { force: true });
  return file;
}

function refuseTaken(world: World, name: string): void {
  if (world.store.current.files.some((file) => file.name === name)) {
    throw new ApiFault('ALREADY_EXISTS', `File ${name} already exists.`);
  }
}

function progress(received: number): Reply {
  return jsonReply(undefined, {
    headers: { 'x-goog-upload-status': 'active', 'x-goog-upload-size-received': String(received) },
  });
}

async function sizeOf(session: Session): Promise<number> {
  return (await stat(session.path)).size;
}

function command(request: WireRequest): string {
  return header(request, 'x-goog-upload-command') ?? '';
}

function header({ headers }: WireRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
