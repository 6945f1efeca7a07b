import { join } from 'node:path';
import type { RoleContext, Running } from '../compose/role.ts';
import { dataFolder } from '../embedded/data-folder.ts';
import { startEmulator } from '../emulator/emulator.ts';
import { listenError } from '../platform/http/server.ts';

/** Google's wire format as a role of its own; it answers nobody but those who point GEMINI_BASE_URL at it. */
export async function runEmulator({ settings, log, say }: RoleContext): Promise<Running> {
  const { port } = settings;
  const host = settings.host;
  await dataFolder(settings.dataDir);
  const emulator = await startEmulator({
    host,
    port,
    stateDir: join(settings.dataDir, 'emulator'),
    log,
    tuningDurationMs: settings.emulatorTuningDurationMs,
  }).catch((error: unknown) => {
    const listening = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
    throw listening ? listenError(error, host, port) : error;
  });
  say(
    `The Gemini emulator listens on ${emulator.url}. Its answers are not Gemini’s: never point real users at it.`,
  );
  return { stop: () => emulator.close(), failed: new Promise(() => undefined) };
}
