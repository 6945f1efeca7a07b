import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Running } from '../compose/role.ts';
import { claimPort } from '../embedded/ports.ts';
import { openLog } from '../log.ts';
import { runStart } from '../roles/start.ts';
import { effectiveSettings } from '../settings/effective.ts';

const DATA_DIR = '.demo-data';
const PORT = 8096;

/** The gate is the real one with its real error rates; only clocks are short. */
const CLOCKS = {
  ROLLOUT_CHECK_INTERVAL: '1s',
  ROLLOUT_STAGE_MIN_DURATION: '3s',
  ROLLOUT_STAGE_MAX_DURATION: '5m',
  ROLLOUT_BAKE: '4s',
  TUNING_POLL_INTERVAL: '1s',
  EMULATOR_TUNING_DURATION: '6s',
};

const Readiness = z.object({
  info: z.object({
    dependencies: z.object({
      gemini: z.object({ emulator_url: z.string() }),
      temporal: z.object({ address: z.string(), web_ui_url: z.string() }),
    }),
  }),
});

export interface System extends Running {
  baseUrl: string;
  token: string;
  emulatorUrl: string;
  temporalAddress: string;
  temporalUiUrl: string;
  logFile: string;
}

/**
 * Starts a whole Thumbwheel of its own, fresh each time, as `npm start` does. Nothing of the caller's environment
 * is read: not their database, their Temporal or their Google project.
 */
export async function startSystem(say: (line: string) => void, stopping: AbortSignal): Promise<System> {
  rmSync(DATA_DIR, { recursive: true, force: true });
  const port = await claimPort({ port: PORT, fixed: false, variable: 'PORT' });
  const logFile = join(DATA_DIR, 'ai-service.log');
  const environment = {
    ...CLOCKS,
    PORT: String(port),
    DATA_DIR,
    FEEDBACK_EXPORT_DIR: join(DATA_DIR, 'exports'),
    FEEDBACK_AUTO_TUNE_ENABLED: 'true',
    GEMINI_BACKEND: 'emulator',
  };
  const { settings, baseModels } = effectiveSettings(environment, 'start', new Date());
  const { log, close } = openLog({ level: 'info', file: logFile, stdout: 'silent' });
  // The demo tells its own story; of the start only progress is shown, not its closing summary.
  const progress = (line: string) => void (line.endsWith('…') && say(line));
  const running = await runStart({ environment, settings, baseModels, log, say: progress, stopping });
  const stop = async () => {
    await running.stop();
    await close();
  };
  try {
    const baseUrl = `http://127.0.0.1:${port}`;
    const token = readFileSync(join(DATA_DIR, 'admin-token'), 'utf8').trim();
    return { baseUrl, token, ...(await addressesOf(baseUrl)), logFile, failed: running.failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressesOf(baseUrl: string) {
  const readiness = Readiness.parse(await (await fetch(`${baseUrl}/readyz`)).json());
  const { gemini, temporal } = readiness.info.dependencies;
  return {
    emulatorUrl: gemini.emulator_url,
    temporalAddress: temporal.address,
    temporalUiUrl: temporal.web_ui_url,
  };
}
