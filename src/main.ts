import { type RoleContext, RoleError, type Running } from './compose/role.ts';
import { runDemo } from './demo/demo.ts';
import { openLog } from './log.ts';
import { runApi } from './roles/api.ts';
import { printCheck } from './roles/check.ts';
import { runEmulator } from './roles/emulator.ts';
import { runMigrate } from './roles/migrate.ts';
import { runStart } from './roles/start.ts';
import { runWorker } from './roles/worker.ts';
import { writeGeneratedDocs } from './settings/docs.ts';
import { type EffectiveSettings, effectiveSettings } from './settings/effective.ts';
import { readEnvironment } from './settings/environment.ts';
import type { Environment } from './settings/parse.ts';
import { onStopSignal } from './stop-signals.ts';

/** Every embedded part has to be down by then; a second press doesn't wait at all. */
const STOP_WITHIN_MS = 9_500;

const WATCH_NPM_MS = 250;

const FOR_PEOPLE = new Set([
  'SettingsError',
  'EmbeddedError',
  'RoleError',
  'ListenError',
  'LogFileError',
  'DatasetFailure',
  'DemoError',
]);

const LONG_RUNNING: Readonly<Record<string, (context: RoleContext) => Promise<Running>>> = {
  start: runStart,
  api: runApi,
  worker: runWorker,
  emulator: runEmulator,
};

/** What may stand behind `--`; the roles take `--check`. */
const FLAGS: Readonly<Record<string, readonly string[]>> = { demo: ['--exit'], docs: [] };

const say = (line: string) => void process.stderr.write(`${line}\n`);

// A reader that goes away (`npm start | head`) must not end the program.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

/** Runs a role until it ends or is told to stop; answers the exit code. */
export async function main(role: string, args: readonly string[]): Promise<number> {
  try {
    return await run(role, args);
  } catch (error) {
    say(`thumbwheel ${role}: ${explain(error)}`);
    return 1;
  }
}

/** Errors made for people are shown by their message alone; anything else is a bug and shows where. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return FOR_PEOPLE.has(error.name) ? error.message : (error.stack ?? error.message);
}

async function run(role: string, args: readonly string[]): Promise<number> {
  refuseUnknown(args, FLAGS[role] ?? ['--check']);
  if (role === 'docs') return writeGeneratedDocs();
  if (role === 'demo') return runDemo(args, say);
  const environment = readEnvironment();
  const startedAs = role === 'start' ? 'start' : 'role';
  const effective = effectiveSettings(environment, startedAs, new Date());
  if (args.includes('--check')) return printCheck(role, startedAs, { ...effective, environment });
  await runRole(role, effective, environment);
  return 0;
}

function refuseUnknown(args: readonly string[], known: readonly string[]): void {
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown) throw new RoleError(`${unknown} is not known here. Known: ${known.join(', ') || 'nothing'}.`);
}

async function runRole(role: string, effective: EffectiveSettings, environment: Environment): Promise<void> {
  const { settings, baseModels, notices } = effective;
  const file = role === 'start' && settings.logFile ? settings.logFile : undefined;
  const { log, close } = openLog({ level: settings.logLevel, file });
  const stop = new AbortController();
  const context: RoleContext = { environment, settings, baseModels, log, say, stopping: stop.signal };
  for (const notice of notices) {
    log.warn({ event: 'settings.notice' }, notice);
    if (role === 'start') say(notice);
  }
  try {
    const start = LONG_RUNNING[role];
    if (start) await untilStopped(start, context, stop);
    else await runMigrate(context);
  } finally {
    await close();
  }
}

/** Signals count from the first moment, also while a start is still under way. */
async function untilStopped(
  start: (context: RoleContext) => Promise<Running>,
  context: RoleContext,
  stop: AbortController,
): Promise<void> {
  const asked = new Promise<void>((done) => {
    const begin = onStopSignal((signal) => {
      context.say(`Stopping (${signal}); press Ctrl-C again to stop at once …`);
      setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
      stop.abort(new Error('asked to stop'));
      done();
    });
    if (context.environment.npm_lifecycle_event !== undefined) watchNpm(begin);
  });
  const running = await start(context).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined;
    throw error;
  });
  try {
    await (running && Promise.race([asked, running.failed]));
  } finally {
    await running?.stop();
  }
}

/** npm that gets SIGKILL can't pass it on: without this the port would stay taken by a program nobody sees. */
function watchNpm(onGone: () => void): void {
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    onGone();
  }, WATCH_NPM_MS).unref();
}
