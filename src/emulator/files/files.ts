import type { StoredFile } from '../state.ts';
import { dropBlob } from '../storage/blobs.ts';
import { ApiFault } from '../wire/errors.ts';
import { pageOf } from '../wire/paging.ts';
import { jsonReply, type Reply } from '../wire/reply.ts';
import type { Route, WireRequest } from '../wire/route.ts';
import type { WireFile } from '../wire/wire-types.ts';
import type { World } from '../world.ts';
import { createFileUploads } from './file-uploads.ts';

const api = '/(?:v1|v1beta)/files';
const upload = '/upload/(?:v1|v1beta)/files';
/** Google keeps a file for 48 hours. */
const lifetimeMs = 48 * 3600 * 1000;

/** The Developer API's files: resumable upload, get, list, delete. Nothing can be downloaded. */
export function fileRoutes(world: World): Route[] {
  const uploads = createFileUploads(world);
  const show = (file: StoredFile, { origin }: WireRequest) => jsonReply({ file: fileResource(file, origin) });
  return [
    route('start', 'POST', upload, (request) => uploads.start(request)),
    route('upload', 'POST', `${upload}/(?<upload>[^/]+)`, (request) =>
      uploads.receive(request, (file) => show(file, request)),
    ),
    route('list', 'GET', api, (request) => list(world, request)),
    route('get', 'GET', `${api}/(?<file>[^/]+)`, (request) =>
      jsonReply(fileResource(findFile(world, request), request.origin)),
    ),
    route('delete', 'DELETE', `${api}/(?<file>[^/]+)`, (request) => remove(world, request)),
  ];
}

function route(name: string, method: Route['method'], path: string, handle: Route['handle']): Route {
  const body = name === 'start' ? 'json' : name === 'upload' ? 'stream' : 'none';
  return {
    kind: `files.${name}`,
    surface: 'developer',
    method,
    pattern: new RegExp(`^${path}$`),
    body,
    handle,
  };
}

function list(world: World, { query, origin }: WireRequest): Reply {
  const { items, nextPageToken } = pageOf(living(world), {
    pageToken: query.get('pageToken'),
    pageSize: query.get('pageSize'),
    largest: world.settings().maxPageSize,
  });
  return jsonReply({
    ...(items.length > 0 ? { files: items.map((file) => fileResource(file, origin)) } : {}),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  });
}

async function remove(world: World, request: WireRequest): Promise<Reply> {
  const file = findFile(world, request);
  const state = world.store.current;
  state.files = state.files.filter((other) => other !== file);
  await world.store.save();
  await dropBlob(world, file.sha256);
  return jsonReply({});
}

/** Google answers 403, not 404, for a file that is not there. */
function findFile(world: World, { params }: WireRequest): StoredFile {
  const file = living(world).find(({ name }) => name === `files/${params.file}`);
  if (file !== undefined) return file;
  throw new ApiFault(
    'PERMISSION_DENIED',
    `You do not have permission to access the File ${params.file} or it may not exist.`,
  );
}

function living(world: World): StoredFile[] {
  const nowMs = world.nowMs();
  return world.store.current.files.filter(({ createTimeMs }) => nowMs < createTimeMs + lifetimeMs);
}

function fileResource(file: StoredFile, origin: string): WireFile {
  const created = new Date(file.createTimeMs).toISOString();
  return {
    name: file.name,
    ...(file.displayName === undefined ? {} : { displayName: file.displayName }),
    mimeType: file.mimeType,
    sizeBytes: String(file.sizeBytes),
    createTime: created,
    updateTime: created,
    expirationTime: new Date(file.createTimeMs + lifetimeMs).toISOString(),
    sha256Hash: Buffer.from(file.sha256, 'hex').toString('base64'),
    uri: `${origin}/v1beta/${file.name}`,
    state: 'ACTIVE',
    source: 'UPLOADED',
  } satisfies WireFile;
}
