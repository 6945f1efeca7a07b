import type { BaseModelTable } from '../gemini/base-models.ts';
import type { Log } from '../log.ts';
import type { EffectiveSettings } from '../settings/effective.ts';
import type { Environment } from '../settings/parse.ts';

/** What every role is started with. */
export interface RoleContext {
  environment: Environment;
  settings: EffectiveSettings['settings'];
  baseModels: BaseModelTable;
  log: Log;
  /** A line for the person at the terminal. */
  say: (line: string) => void;
  /** Aborts as soon as the process is asked to stop. */
  stopping: AbortSignal;
}

export interface Running {
  /** Ends everything in order; safe to call twice. */
  stop: () => Promise<void>;
  /** Rejects when the role can't go on by itself (an old schema, a worker that died); else never settles. */
  failed: Promise<never>;
}

/** A role that can't start or go on; its message alone is shown. */
export class RoleError extends Error {
  override readonly name = 'RoleError';
}
