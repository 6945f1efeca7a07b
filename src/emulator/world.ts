import type { EmulatorLog } from './emulator-log.ts';
import type { FaultBook } from './faults/faults.ts';
import type { KnownQuestions } from './gemini/known-questions.ts';
import type { Settings } from './knobs.ts';
import type { RequestLog } from './request-log.ts';
import type { StateStore } from './state.ts';

/** What the emulator's parts share; made once by `startEmulator`. */
export interface World {
  readonly store: StateStore;
  /** Folder of the bytes of files and objects. */
  readonly blobDir: string;
  readonly faults: FaultBook;
  readonly requests: RequestLog;
  readonly log: EmulatorLog;
  /** What holds now: knobs over the options of this start over the defaults. */
  settings(): Settings;
  /** The emulator's clock, milliseconds since the epoch. */
  nowMs(): number;
  /** The data set, read at the first call. */
  questions(): Promise<KnownQuestions>;
}
