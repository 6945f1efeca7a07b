import type { StoredObject } from '../state.ts';
import { StorageFault } from '../wire/errors.ts';
import { pageOf } from '../wire/paging.ts';
import { fileReply, jsonReply, type Reply } from '../wire/reply.ts';
import type { Route, WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import { blobPath } from './blobs.ts';
import { createResumableUploads } from './resumable-uploads.ts';
import { startUpload } from './storage-upload.ts';
import { checkBucket, checkGeneration, findObject, objectResource, removeObject } from './stored-objects.ts';

const bucketPath = '/b/(?<bucket>[^/]+)';
const objectPath = `${bucketPath}/o/(?<name>.+)`;
/** With STORAGE_EMULATOR_HOST the client leaves `/storage/v1` out. */
const api = '(?:/storage/v1)?';

/** Cloud Storage's JSON API as far as uploads of training data need it. */
export function storageRoutes(world: World): Route[] {
  const resumable = createResumableUploads(world);
  return [
    route('upload', 'POST', `/upload/storage/v1${bucketPath}/o`, (request) =>
      startUpload(world, resumable, request),
    ),
    route('resume', 'PUT', `/upload/storage/v1${bucketPath}/o`, (request) => resumable.put(request)),
    route('download', 'GET', `/download/storage/v1${objectPath}`, (request) => download(world, request)),
    route('get', 'GET', `${api}${objectPath}`, (request) =>
      request.query.get('alt') === 'media'
        ? download(world, request)
        : jsonReply(objectResource(existing(world, request), request.origin)),
    ),
    route('delete', 'DELETE', `${api}${objectPath}`, (request) => remove(world, request)),
    route('list', 'GET', `${api}${bucketPath}/o`, (request) => list(world, request)),
    route('bucket', 'GET', `${api}${bucketPath}`, ({ params }) => bucket(world, params.bucket ?? '')),
  ];
}

function route(name: string, method: Route['method'], path: string, handle: Route['handle']): Route {
  const body = name === 'upload' || name === 'resume' ? 'stream' : 'none';
  return {
    kind: `storage.${name}`,
    surface: 'storage',
    method,
    pattern: new RegExp(`^${path}$`),
    body,
    handle,
  };
}

function existing(world: World, { params, query }: WireRequest): StoredObject {
  const { bucket: bucketName = '', name = '' } = params;
  checkBucket(world, bucketName);
  const object = findObject(world, bucketName, name);
  const generation = query.get('generation');
  if (object === undefined || (generation !== null && generation !== object.generation)) {
    throw new StorageFault(404, 'notFound', `No such object: ${bucketName}/${name}`);
  }
  return object;
}

function download(world: World, request: WireRequest): Reply {
  const object = existing(world, request);
  return fileReply(blobPath(world, object.sha256), {
    'content-type': object.contentType,
    'content-length': String(object.sizeBytes),
    'x-goog-hash': `crc32c=${object.crc32c},md5=${object.md5Hash}`,
    'x-goog-generation': object.generation,
    'x-goog-metageneration': '1',
    'x-goog-stored-content-length': String(object.sizeBytes),
    'x-goog-stored-content-encoding': 'identity',
  });
}

async function remove(world: World, request: WireRequest): Promise<Reply> {
  const object = existing(world, request);
  checkGeneration(world, request.query, object);
  await removeObject(world, object);
  return jsonReply(undefined, { status: 204 });
}

function list(world: World, { params, query, origin }: WireRequest): Reply {
  const { bucket: bucketName = '' } = params;
  checkBucket(world, bucketName);
  const prefix = query.get('prefix') ?? '';
  const found = world.store.current.objects
    .filter(({ bucket: holder, name }) => holder === bucketName && name.startsWith(prefix))
    .sort((left, right) => (left.name < right.name ? -1 : 1));
  const { items, nextPageToken } = pageOf(found, {
    pageToken: query.get('pageToken'),
    pageSize: query.get('maxResults'),
    largest: world.settings().maxPageSize,
  });
  return jsonReply({
    kind: 'storage#objects',
    ...(items.length > 0 ? { items: items.map((object) => objectResource(object, origin)) } : {}),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
  });
}

function bucket(world: World, name: string): Reply {
  checkBucket(world, name);
  return jsonReply({
    kind: 'storage#bucket',
    id: name,
    name,
    location: 'US-CENTRAL1',
    locationType: 'region',
    storageClass: 'STANDARD',
    metageneration: '1',
  });
}
