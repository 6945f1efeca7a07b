import { StorageFault } from '../wire/errors.ts';
import { jsonReply, type Reply } from '../wire/reply.ts';
import type { WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import { saveBlob } from './blobs.ts';
import { readMultipart } from './multipart.ts';
import type { ResumableUploads } from './resumable-uploads.ts';
import { checkBucket, checkGeneration, newObject, objectResource, putObject } from './stored-objects.ts';

/** `POST /upload/storage/v1/b/{bucket}/o`: multipart, media, or the start of a resumable upload. */
export async function startUpload(
  world: World,
  resumable: ResumableUploads,
  request: WireRequest,
): Promise<Reply> {
  checkBucket(world, request.params.bucket ?? '');
  switch (request.query.get('uploadType')) {
    case 'multipart':
      return multipartUpload(world, request);
    case 'media':
      return mediaUpload(world, request);
    case 'resumable':
      return resumable.start(request);
    default:
      throw new StorageFault(400, 'invalid', 'Invalid value for uploadType.');
  }
}

async function multipartUpload(world: World, request: WireRequest): Promise<Reply> {
  const upload = await readMultipart(request.stream, request.headers['content-type'] ?? '');
  const object = newObject(request, upload.metadata, upload.contentType);
  checkGeneration(world, request.query, object);
  const blob = await saveBlob(world, upload.content);
  checkGeneration(world, request.query, object);
  return jsonReply(objectResource(await putObject(world, object, blob), request.origin));
}

async function mediaUpload(world: World, request: WireRequest): Promise<Reply> {
  const object = newObject(request, {}, request.headers['content-type']);
  checkGeneration(world, request.query, object);
  const blob = await saveBlob(world, request.stream);
  checkGeneration(world, request.query, object);
  return jsonReply(objectResource(await putObject(world, object, blob), request.origin));
}
