import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type Bucket, type File, Storage } from '@google-cloud/storage';
import type { DatasetFile, DatasetStore } from './dataset-store.ts';
import { DatasetFailure } from './failure.ts';

/** Above this size an upload goes in parts, so that a lost connection does not begin it anew. */
const RESUMABLE_ABOVE_BYTES = 8 * 1024 * 1024;
const PERMANENT_STATUS = new Set([400, 401, 403, 404]);
const PRECONDITION_FAILED = 412;

export interface CloudStorageOptions {
  bucket: string;
  projectId: string;
  /** Another server that speaks Cloud Storage's wire format; undefined: Google, by application default credentials. */
  url: string | undefined;
}

/** Keeps training sets in a Cloud Storage bucket, where Vertex AI reads them. */
export function createCloudStorage({ bucket, projectId, url }: CloudStorageOptions): DatasetStore {
  const storage = new Storage({ projectId, ...(url ? { apiEndpoint: url } : {}) });
  return {
    kind: 'cloud-storage',
    put: async (file, signal) => {
      const target = storage.bucket(bucket).file(file.name);
      try {
        await write(target, file, signal);
      } catch (error) {
        if (statusOf(error) !== PRECONDITION_FAILED) throw explained(error, storage.bucket(bucket));
        await compare(target, file);
      }
      return { uri: `gs://${bucket}/${file.name}` };
    },
  };
}

/** Only where no object of that name is: a second attempt can't replace what the first has stored. */
function write(target: File, file: DatasetFile, signal: AbortSignal): Promise<void> {
  const upload = target.createWriteStream({
    resumable: file.bytes > RESUMABLE_ABOVE_BYTES,
    contentType: file.contentType,
    metadata: { metadata: { sha256: file.sha256 } },
    preconditionOpts: { ifGenerationMatch: 0 },
  });
  return pipeline(createReadStream(file.path), upload, { signal });
}

async function compare(target: File, { name, bytes, sha256 }: DatasetFile): Promise<void> {
  const [stored] = await target.getMetadata();
  if (Number(stored.size) === bytes && stored.metadata?.sha256 === sha256) return;
  throw new DatasetFailure(
    'DatasetStoreRefused',
    `An object named ${name} is in the bucket already and holds something else. Remove it, then run the pipeline again.`,
  );
}

function explained(error: unknown, bucket: Bucket): unknown {
  const status = statusOf(error);
  if (status === undefined || !PERMANENT_STATUS.has(status)) return error;
  return new DatasetFailure(
    'DatasetStoreRefused',
    `Cloud Storage refused the training set (HTTP ${status}). Check that GCS_BUCKET (${bucket.name}) exists and that ` +
      'the credentials may create objects in it (role Storage Object User), then run the pipeline again.',
    { cause: error },
  );
}

/** This library's errors carry the HTTP status as a number in `code`. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}
