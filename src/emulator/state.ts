import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { EmulatorLog } from './emulator-log.ts';
import { behaviour, presets, settingsChange } from './knobs.ts';
import { jobRecord } from './tuning/job-record.ts';

/** An object of Cloud Storage; its bytes lie in the blob named by `sha256`. */
const storedObject = z.object({
  bucket: z.string(),
  name: z.string(),
  sha256: z.string(),
  sizeBytes: z.number(),
  contentType: z.string(),
  metadata: z.record(z.string(), z.string()),
  crc32c: z.string(),
  md5Hash: z.string(),
  generation: z.string(),
  timeCreatedMs: z.number(),
});
export type StoredObject = z.infer<typeof storedObject>;

/** A file of the Developer API; its bytes lie in the blob named by `sha256`. */
const storedFile = z.object({
  name: z.string(),
  displayName: z.string().optional(),
  mimeType: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  createTimeMs: z.number(),
});
export type StoredFile = z.infer<typeof storedFile>;

const emulatorState = z.object({
  /** Added to the wall clock, so that a test can let a day pass. */
  clockOffsetMs: z.number().default(0),
  settings: settingsChange.default({}),
  behaviours: z.record(z.string(), behaviour).default({}),
  presets: presets.default([]),
  jobs: z.array(jobRecord).default([]),
  objects: z.array(storedObject).default([]),
  files: z.array(storedFile).default([]),
});
export type EmulatorState = z.infer<typeof emulatorState>;

export interface StateStore {
  readonly current: EmulatorState;
  /** Resolves when what is in memory now is on disk. */
  save(): Promise<void>;
  /** Back to the state of a first start, on disk too. */
  reset(): Promise<void>;
}

/** Opens the state in a folder, made when missing. A file that can't be read is set aside, and said. */
export async function openState(options: { stateDir: string; log: EmulatorLog }): Promise<StateStore> {
  const { stateDir, log } = options;
  await mkdir(stateDir, { recursive: true });
  const file = join(stateDir, 'state.json');
  const empty = (): EmulatorState => emulatorState.parse({});
  let current = await read(file, log, empty);
  let last: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;

  function save(): Promise<void> {
    // A save that waits its turn writes everything up to then, so later callers share it.
    queued ??= last
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        last = write(file, current);
        return last;
      });
    return queued;
  }

  return {
    get current() {
      return current;
    },
    save,
    async reset() {
      current = empty();
      await save();
    },
  };
}

async function read(file: string, log: EmulatorLog, empty: () => EmulatorState): Promise<EmulatorState> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return empty();
  }
  try {
    return emulatorState.parse(JSON.parse(text));
  } catch {
    const aside = `${file}.unreadable-${Date.now()}`;
    await rename(file, aside);
    log.warn(
      { event: 'emulator.state_unreadable', file: aside },
      'The emulator could not read its state, set the file aside and started with an empty one',
    );
    return empty();
  }
}

async function write(file: string, state: EmulatorState): Promise<void> {
  const beside = `${file}.${randomUUID()}`;
  try {
    await writeFile(beside, JSON.stringify(state));
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
