import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

/** What a file of lines holds: counts and the hash of all its bytes. */
export interface WrittenFile {
  lines: number;
  bytes: number;
  /** Hex. */
  sha256: string;
}

/** A new file that is written line by line and hashed on the way. */
export interface LineFile {
  write: (lines: readonly string[]) => Promise<void>;
  /** Flushes to the disk and closes. */
  finish: () => Promise<WrittenFile>;
  /** Closes without a result; harmless after `finish`. */
  close: () => Promise<void>;
}

/** @throws when the file is there already or can't be made. */
export async function openLineFile(path: string): Promise<LineFile> {
  const handle = await open(path, 'wx');
  const hash = createHash('sha256');
  const written = { lines: 0, bytes: 0 };
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    await handle.close();
  };
  return {
    write: async (lines) => {
      if (lines.length === 0) return;
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      hash.update(bytes);
      await handle.writeFile(bytes);
      written.lines += lines.length;
      written.bytes += bytes.length;
    },
    finish: async () => {
      await handle.sync();
      await close();
      return { ...written, sha256: hash.digest('hex') };
    },
    close,
  };
}
