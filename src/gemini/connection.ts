import type { Settings } from '../settings/table.ts';
import type { BackendName } from './backend.ts';

/** All that it takes to reach Gemini; nothing is left for the SDK to find in the environment. */
export type GeminiConnection =
  | { wire: 'developer'; apiKey: string; baseUrl: string | undefined }
  | {
      wire: 'vertex';
      projectId: string;
      servingLocation: string;
      /** Undefined: application default credentials. */
      apiKey: string | undefined;
      baseUrl: string | undefined;
    };

export interface ConnectionQuestion {
  settings: Pick<Settings, 'geminiApiKey' | 'geminiProjectId' | 'geminiServingLocation' | 'geminiBaseUrl'>;
  backend: BackendName;
  /** Address of the embedded emulator, where `backend` says so. */
  emulatorUrl: string | undefined;
  /** Google credentials are visible: GOOGLE_APPLICATION_CREDENTIALS or gcloud's own file. */
  googleCredentials: 'present' | 'absent';
}

/** Any key will do for a server that does not check it; without one the SDK would look for credentials. */
const LOCAL_KEY = 'local';
/** The project of what the emulator tunes. */
const LOCAL_PROJECT = 'local';

/** Turns the settings and the chosen backend into one connection, for serving and tuning alike. */
export function geminiConnection(question: ConnectionQuestion): GeminiConnection {
  const { settings, backend } = question;
  if (backend === 'developer') {
    return { wire: 'developer', apiKey: settings.geminiApiKey ?? LOCAL_KEY, baseUrl: settings.geminiBaseUrl };
  }
  const vertex = {
    wire: 'vertex',
    projectId: settings.geminiProjectId ?? LOCAL_PROJECT,
    servingLocation: settings.geminiServingLocation,
  } as const;
  if (backend === 'emulator') return { ...vertex, apiKey: LOCAL_KEY, baseUrl: question.emulatorUrl };
  return { ...vertex, apiKey: vertexKey(question), baseUrl: settings.geminiBaseUrl };
}

/** Why a tuned version's endpoint can't answer over this connection, for a person; undefined when it may. */
export function whyNotServed(endpoint: string, connection: GeminiConnection): string | undefined {
  if (connection.wire === 'developer') return 'a plain API key serves no tuned version';
  const isEmulators = endpoint.startsWith(`projects/${LOCAL_PROJECT}/`);
  return isEmulators && connection.projectId !== LOCAL_PROJECT ? 'the emulator tuned it' : undefined;
}

/** A key is for another server only, and only where there are no Google credentials to show to it. */
function vertexKey({ settings, googleCredentials }: ConnectionQuestion): string | undefined {
  if (!settings.geminiBaseUrl || googleCredentials === 'present') return undefined;
  return settings.geminiApiKey ?? LOCAL_KEY;
}
