import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GoogleGenAI } from '@google/genai';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/emulator.ts';
import type { LoggedRequest } from '../../src/emulator/request-log.ts';

/** The SDKs read these by themselves; a developer's own must not leak into the tests. */
export function forgetGoogleVariables(): void {
  for (const name of Object.keys(process.env)) {
    if (/^(GOOGLE|GEMINI|GCLOUD|STORAGE_EMULATOR)/.test(name)) delete process.env[name];
  }
}

export interface TestEmulator extends Emulator {
  readonly stateDir: string;
  /** Sends a knob: `POST /__emulator/<name>`. */
  knob(name: string, body: object): Promise<void>;
  /** The newest requests of one kind, oldest first. */
  requests(kind: string): Promise<LoggedRequest[]>;
  developer(): GoogleGenAI;
  vertex(location?: string): GoogleGenAI;
  /** Closes it and starts another on the same state. */
  restart(): Promise<TestEmulator>;
  /** Closes it and removes its state. */
  remove(): Promise<void>;
}

export async function startTestEmulator(options: Partial<EmulatorOptions> = {}): Promise<TestEmulator> {
  forgetGoogleVariables();
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'thumbwheel-emulator-')));
  const log = { info: () => {}, warn: () => {} };
  const emulator = await startEmulator({ host: '127.0.0.1', port: 0, log, ...options, stateDir });
  const { url } = emulator;
  return {
    ...emulator,
    stateDir,
    async knob(name, body) {
      const answer = await fetch(`${url}/__emulator/${name}`, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
    },
    async requests(kind) {
      const answer = await fetch(`${url}/__emulator/requests?kind=${kind}`);
      const { requests }: { requests: LoggedRequest[] } = JSON.parse(await answer.text());
      return requests;
    },
    developer: () =>
      new GoogleGenAI({ enterprise: false, apiKey: 'local', httpOptions: { baseUrl: url, timeout: 10_000 } }),
    vertex: (location = 'us') =>
      new GoogleGenAI({
        enterprise: true,
        project: 'p',
        location,
        apiKey: 'local',
        httpOptions: { baseUrl: url, timeout: 10_000 },
      }),
    async restart() {
      await emulator.close();
      return startTestEmulator({ ...options, stateDir });
    },
    async remove() {
      await emulator.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export interface DataRow {
  readonly source: string;
  readonly task: string | number;
  readonly language: string;
  readonly question: string;
  readonly code: string;
  readonly solution: string | null;
  readonly tests: string | null;
}

/** The rows of the data set that the emulator carries. */
export function dataRows(): DataRow[] {
  const file = new URL('../../src/emulator/data/code_questions.jsonl.gz', import.meta.url);
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export function promptFor(verb: string, row: DataRow): string {
  return `${verb}\n\n~~~~~~${row.language}\n${row.code}\n~~~~~~\n`;
}
