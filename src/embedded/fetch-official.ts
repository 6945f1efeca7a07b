import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unfinishedFolder } from './unfinished.ts';

const run = promisify(execFile);
const INFO_TIMEOUT_MS = 5000;
const ARCHIVE_TIMEOUT_MS = 180_000;
const SERVICE = 'https://temporal.download';
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** What Temporal's own download service calls the program, such as `cli` in version `v1.9.1`. */
export type OfficialProgram = { artifact: string; version: string; service?: string };

/**
 * Fetches a program from Temporal's download service, as the SDK's test package does it: the service names
 * the archive and the file in it (sdk-core, `ephemeral_server`). Throws an Error with one line for a person.
 */
export async function fetchOfficial(program: OfficialProgram, folder: string): Promise<Buffer> {
  const { archiveUrl, fileToExtract } = await archiveOf(program);
  const response = await get(archiveUrl, ARCHIVE_TIMEOUT_MS);
  const target = await unfinishedFolder(folder);
  try {
    const archive = join(target, 'archive.tar.gz');
    await writeFile(archive, Buffer.from(await response.arrayBuffer()));
    await run('tar', ['-xzf', archive, '-C', target, fileToExtract]);
    return await readFile(join(target, fileToExtract));
  } finally {
    await rm(target, { recursive: true, force: true });
  }
}

type ArchiveInfo = { archiveUrl: string; fileToExtract: string };

async function archiveOf({ artifact, version, service = SERVICE }: OfficialProgram): Promise<ArchiveInfo> {
  const arch = ARCHITECTURES[process.arch];
  if (!arch) throw new Error(`nothing is offered for ${process.arch}`);
  const query = new URLSearchParams({ arch, platform: process.platform, format: 'tar.gz' });
  const response = await get(`${service}/${artifact}/${version}?${query}`, INFO_TIMEOUT_MS);
  const info: unknown = await response.json();
  if (!isArchiveInfo(info))
    throw new Error('the download service answered something else than where the archive is');
  return info;
}

async function get(url: string, timeoutMs: number): Promise<Response> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
  return response;
}

function isArchiveInfo(value: unknown): value is ArchiveInfo {
  if (typeof value !== 'object' || value === null) return false;
  if (!('archiveUrl' in value) || !('fileToExtract' in value)) return false;
  return typeof value.archiveUrl === 'string' && typeof value.fileToExtract === 'string';
}
