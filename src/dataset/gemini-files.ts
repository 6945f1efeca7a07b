import { createHash } from 'node:crypto';
import type { File } from '@google/genai';
import type { GeminiConnection } from '../gemini/connection.ts';
import { createGoogleClient } from '../gemini/google-client.ts';
import { readGoogleError } from '../gemini/google-error.ts';
import type { DatasetFile, DatasetStore } from './dataset-store.ts';
import { DatasetFailure } from './failure.ts';

const PERMANENT_STATUS = new Set([400, 401, 403, 404]);
const ALREADY_EXISTS = 409;

/**
 * Keeps training sets in the Gemini Files API for 48 hours, its own limit. Vertex AI can't tune from there: it is
 * the place for a system that has a Developer API key only.
 */
export function createGeminiFiles({ connection }: { connection: GeminiConnection }): DatasetStore {
  // The Developer API has no locations.
  const { files } = createGoogleClient(connection, '');
  return {
    kind: 'gemini-files',
    put: async (file, signal) => {
      const name = fileName(file);
      try {
        // No httpOptions here: given per call, the SDK drops the upload's own headers.
        const config = { name, displayName: file.name, mimeType: file.contentType };
        const stored = await unlessAborted(signal, () => files.upload({ file: file.path, config }));
        return { uri: uriOf(stored, name) };
      } catch (error) {
        if (readGoogleError(error).status !== ALREADY_EXISTS) throw explained(error);
        return { uri: compare(await files.get({ name }), file) };
      }
    },
  };
}

/** The SDK's upload knows no signal: when it is no longer wanted, it is left to end by itself. */
async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Names of files are short there: lower case letters, digits and dashes, at most 40. */
function fileName({ name }: DatasetFile): string {
  return `tw-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function compare(stored: File, { name, bytes, sha256 }: DatasetFile): string {
  const sameHash = stored.sha256Hash === undefined || spellings(sha256).includes(stored.sha256Hash);
  if (Number(stored.sizeBytes) === bytes && sameHash) return uriOf(stored, name);
  throw new DatasetFailure(
    'DatasetStoreRefused',
    `Gemini Files holds another file in the place of ${name}. Delete it there, then run the pipeline again.`,
  );
}

/** Google gives the hash in base64, of its bytes or of its hexadecimal digits. */
function spellings(sha256: string): string[] {
  return [Buffer.from(sha256, 'hex').toString('base64'), Buffer.from(sha256).toString('base64'), sha256];
}

function uriOf({ uri }: File, name: string): string {
  if (uri) return uri;
  throw new Error(`Gemini Files gave no address for ${name}`);
}

function explained(error: unknown): unknown {
  const { status } = readGoogleError(error);
  if (status === undefined || !PERMANENT_STATUS.has(status)) return error;
  return new DatasetFailure(
    'DatasetStoreRefused',
    `Gemini Files refused the training set (HTTP ${status}). Check GEMINI_API_KEY, then run the pipeline again.`,
    { cause: error },
  );
}
