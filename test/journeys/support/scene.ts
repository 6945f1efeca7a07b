import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownPort } from '../../setup/servers.ts';
import { processesOf } from './processes.ts';
import { type Program, type ProgramOptions, startProgram } from './program.ts';
import { until } from './until.ts';

/** A folder, free ports and the programs of one journey, of which nothing is left afterwards. */
export interface Scene {
  folder: string;
  dataDir: string;
  run: (options: SceneRun) => Program;
  /** Whatever still runs that has to do with this scene. */
  leftovers: () => Promise<number[]>;
  /** Of the token that a start made for itself. */
  adminToken: () => Promise<string>;
  close: () => Promise<void>;
}

export type SceneRun = Omit<ProgramOptions, 'workingFolder' | 'environment'> & {
  environment?: Record<string, string>;
};

export async function openScene(): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'thumbwheel-journey-'));
  const dataDir = join(folder, 'data');
  const leftovers = () => processesOf(folder);
  return {
    folder,
    dataDir,
    leftovers,
    run: ({ environment = {}, ...options }) =>
      startProgram({
        workingFolder: folder,
        environment: {
          DATA_DIR: dataDir,
          FEEDBACK_EXPORT_DIR: join(folder, 'exports'),
          LOG_FILE: join(folder, 'logs/ai-service.log'),
          ...environment,
        },
        ...options,
      }),
    adminToken: async () => (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim(),
    close: async () => {
      await until('all processes of the journey are gone', async () => {
        const left = await leftovers();
        for (const pid of left) endNow(pid);
        return left.length === 0;
      });
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PORT and the embedded Temporal's ports, so that a start meets no other one. */
export async function ownPorts(): Promise<{ PORT: string; TEMPORAL_PORT: string; TEMPORAL_UI_PORT: string }> {
  const [port, temporal, ui] = await Promise.all([ownPort(), ownPort(), ownPort()]);
  return { PORT: String(port), TEMPORAL_PORT: String(temporal), TEMPORAL_UI_PORT: String(ui) };
}

function endNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
