import type { Environment } from '../settings/parse.ts';
import { SettingsError } from '../settings/parse.ts';
import type { Settings } from '../settings/table.ts';

export type BackendName = 'vertex' | 'developer' | 'emulator';

export interface BackendChoice {
  backend: BackendName;
  /** Why, for the start-up summary. */
  reason: string;
}

export interface BackendQuestion {
  settings: Settings;
  environment: Environment;
  /** `start` may emulate and trusts only credentials it can see; a role may run under Workload Identity. */
  startedAs: 'start' | 'role';
  /** gcloud's own application default file exists. */
  gcloudFile: 'present' | 'absent';
}

const GOOGLE_CREDENTIALS = ['GOOGLE_APPLICATION_CREDENTIALS', 'GOOGLE_API_KEY'];

/**
 * Decides where answers come from, so that an emulator never answers real users by accident.
 * @throws SettingsError when nothing usable is given, naming the variables that would help.
 */
export function chooseBackend(question: BackendQuestion): BackendChoice {
  const { settings } = question;
  if (settings.geminiBackend) return explicit(settings.geminiBackend, question);
  if (settings.geminiBaseUrl) {
    // That server decides whether it wants a key.
    return settings.geminiProjectId
      ? { backend: 'vertex', reason: 'GEMINI_BASE_URL and GEMINI_PROJECT_ID are set' }
      : { backend: 'developer', reason: 'GEMINI_BASE_URL is set without GEMINI_PROJECT_ID' };
  }
  const credential = visibleCredential(question);
  if (settings.geminiProjectId && credential) {
    const ignored = settings.geminiApiKey ? '; GEMINI_API_KEY is ignored' : '';
    return { backend: 'vertex', reason: `GEMINI_PROJECT_ID is set and ${credential}${ignored}` };
  }
  if (settings.geminiApiKey) return { backend: 'developer', reason: 'GEMINI_API_KEY is set' };
  if (question.startedAs === 'role') return roleWithoutKey(settings);
  const loose = GOOGLE_CREDENTIALS.find((name) => question.environment[name]);
  if (loose) {
    throw new SettingsError(
      `${loose} is set, but neither GEMINI_PROJECT_ID nor GEMINI_API_KEY. Set GEMINI_PROJECT_ID to use Vertex AI with it, or GEMINI_BACKEND=emulator to start without Google.`,
    );
  }
  return { backend: 'emulator', reason: 'no Google credentials are set' };
}

function explicit(backend: BackendName, { settings, startedAs }: BackendQuestion): BackendChoice {
  const reason = `GEMINI_BACKEND=${backend}`;
  if (backend === 'emulator' && startedAs === 'role') {
    throw new SettingsError(
      'GEMINI_BACKEND=emulator works with `npm start` only. As a role, start `npm run emulator` and point GEMINI_BASE_URL at it.',
    );
  }
  if (backend === 'vertex' && !settings.geminiProjectId) {
    throw new SettingsError('GEMINI_BACKEND=vertex needs GEMINI_PROJECT_ID.');
  }
  return backend === 'developer' ? needsKey(settings, reason) : { backend, reason };
}

function needsKey(settings: Settings, reason: string): BackendChoice {
  if (!settings.geminiApiKey) throw new SettingsError(`${reason}: the Developer API needs GEMINI_API_KEY.`);
  return { backend: 'developer', reason };
}

function roleWithoutKey(settings: Settings): BackendChoice {
  if (settings.geminiProjectId) {
    return { backend: 'vertex', reason: 'GEMINI_PROJECT_ID is set (application default credentials)' };
  }
  throw new SettingsError(
    'Gemini is not given. Set GEMINI_PROJECT_ID (Vertex AI with application default credentials), GEMINI_API_KEY (Developer API), or GEMINI_BASE_URL (another server that speaks its wire format).',
  );
}

function visibleCredential({ environment, gcloudFile }: BackendQuestion): string | undefined {
  if (environment.GOOGLE_APPLICATION_CREDENTIALS) return 'GOOGLE_APPLICATION_CREDENTIALS is set';
  return gcloudFile === 'present' ? 'gcloud’s credentials are there' : undefined;
}
