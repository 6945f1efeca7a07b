import { join } from 'node:path';
import { startEmulator } from '../emulator/emulator.ts';
import type { RoleContext, Running } from './role.ts';

/** Google's wire format as a role of its own; it answers nobody but those who point GEMINI_BASE_URL at it. */
export async function runEmulator({ settings, log, say }: RoleContext): Promise<Running> {
  const emulator = await startEmulator({
    host: settings.host ?? '0.0.0.0',
    port: settings.port,
    stateDir: join(settings.dataDir, 'emulator'),
    log,
    tuningDurationMs: settings.emulatorTuningDurationMs,
  });
  say(
    `The Gemini emulator listens on ${emulator.url}. Its answers are not Gemini’s: never point real users at it.`,
  );
  return { stop: () => emulator.close(), failed: new Promise(() => undefined) };
}
