import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type BackendChoice, chooseBackend } from '../gemini/backend.ts';
import { type GeminiConnection, geminiConnection } from '../gemini/connection.ts';
import type { StartedAs } from '../settings/effective.ts';
import type { RoleContext } from './role.ts';

/** The real servers that a process works with, embedded or given. */
export interface Parts {
  databaseUrl: string;
  redisUrl: string | undefined;
  temporalAddress: string;
  temporalUiUrl: string | undefined;
  gemini: GeminiParts;
}

export interface GeminiParts {
  choice: BackendChoice;
  connection: GeminiConnection;
  /** Cloud Storage for training sets; undefined where nothing can be tuned. */
  bucket: string | undefined;
  storageUrl: string | undefined;
}

/** The emulator makes buckets on first use. */
const EMULATOR_BUCKET = 'thumbwheel-emulator';

/** Decides where answers come from. @throws SettingsError when nothing usable is given. */
export function chooseGemini(
  { settings, environment }: Pick<RoleContext, 'settings' | 'environment'>,
  startedAs: StartedAs,
): BackendChoice {
  return chooseBackend({ settings, environment, startedAs, gcloudFile: gcloudFile() });
}

/** Wires the chosen backend; `emulatorUrl` is given where the emulator is embedded. */
export function geminiParts(
  { settings, environment }: Pick<RoleContext, 'settings' | 'environment'>,
  choice: BackendChoice,
  emulatorUrl?: string,
): GeminiParts {
  const credentials = environment.GOOGLE_APPLICATION_CREDENTIALS !== undefined || gcloudFile() === 'present';
  return {
    choice,
    connection: geminiConnection({
      settings,
      backend: choice.backend,
      emulatorUrl,
      googleCredentials: credentials ? 'present' : 'absent',
    }),
    bucket: emulatorUrl ? EMULATOR_BUCKET : settings.gcsBucket,
    storageUrl: emulatorUrl ?? settings.storageEmulatorHost,
  };
}

function gcloudFile(): 'present' | 'absent' {
  return existsSync(join(homedir(), '.config/gcloud/application_default_credentials.json'))
    ? 'present'
    : 'absent';
}
