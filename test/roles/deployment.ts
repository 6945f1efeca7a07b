import { join } from 'node:path';
import pg from 'pg';
import { cacheFolder } from '../../src/embedded/cache-folder.ts';
import { findTemporal, startTemporal } from '../../src/embedded/temporal.ts';
import { type Caller, openCaller } from '../journeys/support/caller.ts';
import type { Program } from '../journeys/support/program.ts';
import { openScene, type Scene } from '../journeys/support/scene.ts';
import { until } from '../journeys/support/until.ts';
import { ownPort, type TestDatabase, testDatabase } from '../setup/servers.ts';

const ADMIN_TOKEN = 'a-token-that-all-replicas-share';

/** A role that runs, and how to call it. */
export interface Replica extends Caller {
  program: Program;
  baseUrl: string;
}

/** Production in small: real servers, the emulator as a role of its own, and as many replicas as a test starts. */
export interface Deployment {
  scene: Scene;
  database: TestDatabase;
  temporalAddress: string;
  emulatorUrl: string;
  start: (role: 'api' | 'worker') => Promise<Replica>;
  sql: <Row extends object>(text: string) => Promise<Row[]>;
  close: () => Promise<void>;
}

/** Task queue and Schedule are the product's own, so that it needs a Temporal server of its own too. */
export async function deploy(clocks: Record<string, string>): Promise<Deployment> {
  const scene = await openScene();
  const executable = await findTemporal({
    cacheDir: await cacheFolder(join(scene.folder, 'cache')),
    progress: silent,
  });
  const anyPort = { port: 0, fixed: false, variable: '' };
  const [database, temporal, emulator] = await Promise.all([
    testDatabase(),
    startTemporal({
      executable,
      dataDir: scene.folder,
      port: anyPort,
      uiPort: anyPort,
      searchAttributes: {},
      progress: silent,
    }),
    startEmulatorRole(scene, clocks),
  ]);
  const environment = {
    ...clocks,
    ADMIN_TOKEN,
    HOST: '127.0.0.1',
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_UI_URL: temporal.uiUrl,
    GEMINI_BASE_URL: emulator,
    GEMINI_PROJECT_ID: 'a-project',
    GEMINI_API_KEY: 'a-key-of-the-emulator',
    GCS_BUCKET: 'training-sets',
    STORAGE_EMULATOR_HOST: emulator,
  };
  return {
    scene,
    database,
    temporalAddress: temporal.address,
    emulatorUrl: emulator,
    start: (role) => startReplica(scene, role, environment),
    sql: (text) => query(database.url, text),
    close: async () => {
      await scene.close();
      await temporal.stop();
      await database.drop();
    },
  };
}

async function startEmulatorRole(scene: Scene, clocks: Record<string, string>): Promise<string> {
  const port = await ownPort();
  const program = scene.run({
    role: 'emulator',
    environment: { ...clocks, PORT: String(port), HOST: '127.0.0.1' },
  });
  await program.says('The Gemini emulator listens on');
  return `http://127.0.0.1:${port}`;
}

async function startReplica(
  scene: Scene,
  role: 'api' | 'worker',
  environment: Record<string, string>,
): Promise<Replica> {
  const port = await ownPort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const program = scene.run({ role, environment: { ...environment, PORT: String(port) } });
  const caller = openCaller(baseUrl, ADMIN_TOKEN);
  await Promise.race([until(`${role} is ready`, () => isReady(baseUrl)), endedEarly(program)]);
  return { ...caller, program, baseUrl };
}

async function endedEarly(program: Program): Promise<never> {
  const how = await program.ended;
  throw new Error(`A role ended (${how}):\n${program.output()}`);
}

export function isReady(baseUrl: string): Promise<boolean> {
  return fetch(`${baseUrl}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

async function query<Row extends object>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

function silent(): void {}
