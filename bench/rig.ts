import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { askBody, promptInput } from '../src/assistant/ask-fields.ts';
import { REQUEST_TYPES } from '../src/assistant/request-types.ts';
import { DIST } from '../src/compose/dist.ts';
import { questions } from '../src/demo/questions.ts';
import { freePort } from '../src/embedded/ports.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { effectiveSettings } from '../src/settings/effective.ts';
import { startProcess, untilReady } from './processes.ts';

const QUESTIONS = join(DIST, '../src/emulator/data/code_questions.jsonl.gz');
const DIFFERENT_QUESTIONS = 200;
const TOKEN = 'the-token-of-the-bench';

/** As many calls at once as the API has database connections. */
export const CONCURRENCY = 10;

export type Rig = Awaited<ReturnType<typeof startRig>>;

/** Starts PostgreSQL with full durability, the emulator, the API and the reference, each as its own process. */
export async function startRig(tell: (text: string) => void) {
  const folder = resolve('.data/bench');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const postgres = await startPostgres({ dataDir: folder, progress: tell });
  const [emulatorPort, port, referencePort] = [await freePort(), await freePort(), await freePort()];
  const geminiUrl = `http://127.0.0.1:${emulatorPort}`;
  const given = {
    DATABASE_URL: postgres.url,
    DATA_DIR: folder,
    GEMINI_BASE_URL: geminiUrl,
    GEMINI_API_KEY: 'bench',
    ADMIN_TOKEN: TOKEN,
    HOST: '127.0.0.1',
    // Nothing that is measured here needs a Temporal server, so none is there.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
  };
  // The default model may have ended by now, and roles refuse such a one.
  const model = effectiveSettings(given, 'start', new Date()).settings.geminiModel;
  const environment = { ...given, GEMINI_MODEL: model };
  await startProcess({ role: 'migrate', folder, environment }).ended.catch(() => undefined);
  const start = (role: string, PORT: number) =>
    startProcess({ role, folder, environment: { ...environment, PORT: String(PORT) } });
  const emulator = start('emulator', emulatorPort);
  const api = start('api', port);
  const reference = startProcess({
    role: 'reference',
    folder,
    args: { port: referencePort, geminiUrl, model },
  });
  const [apiUrl, referenceUrl] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${referencePort}`];
  const stop = async () => {
    await Promise.all([emulator, api, reference].map((child) => child.stop()));
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  await Promise.all([geminiUrl, apiUrl, referenceUrl].map(untilReady)).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const admin = { authorization: `Bearer ${TOKEN}` };
  return {
    folder,
    databaseUrl: postgres.url,
    emulator,
    api,
    apiUrl,
    reference,
    referenceUrl,
    admin,
    tell,
    stop,
  };
}

export type Question = { body: object; prompt: string };

/** Real coding questions: what Thumbwheel is sent, and the prompt that it makes of it. */
export function realQuestions(count: number): Question[] {
  const all = questions(QUESTIONS);
  const some = Array.from({ length: Math.min(count, DIFFERENT_QUESTIONS) }, () => {
    const body = askBody.parse(all.next().value.body);
    return { body, prompt: REQUEST_TYPES.explain.buildPrompt(promptInput(body)) };
  });
  return Array.from({ length: Math.ceil(count / some.length) }, () => some)
    .flat()
    .slice(0, count);
}
