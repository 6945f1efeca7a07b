import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { TABLE } from '../../../src/settings/table.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** A running Thumbwheel, seen from outside. */
export interface Program {
  pid: number;
  /** Everything it wrote so far, the log on stdout included. */
  output: () => string;
  /** Resolves when it has written the text; rejects, with what it wrote, when it ends before. */
  says: (text: string) => Promise<void>;
  signal: (name: NodeJS.Signals) => void;
  /** The exit code; of a signal its name. */
  ended: Promise<number | NodeJS.Signals>;
}

export interface ProgramOptions {
  /** Such as `start`, `api`. */
  role: string;
  args?: string[];
  environment: Record<string, string>;
  workingFolder: string;
  /** The project that is run; default: this one. */
  project?: string;
  /** Started as people do it, by `npm start` or `npm run <role>`, in the project's folder. */
  through?: 'npm';
  /** Words before the command, such as setpriv's. */
  prefix?: string[];
}

/** Starts a role with nothing of this process's own settings. */
export function startProgram(options: ProgramOptions): Program {
  const { role, args = [], project = ROOT, through, workingFolder, prefix = [] } = options;
  const npm = ['npm', ...(role === 'start' ? ['start'] : ['run', role]), '--', ...args];
  const node = [process.execPath, join(project, 'src/launch.mjs'), role, ...args];
  const [command = '', ...rest] = [...prefix, ...(through === 'npm' ? npm : node)];
  const child = spawn(command, rest, {
    cwd: through === 'npm' ? project : workingFolder,
    env: { ...neutralEnvironment(), ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return follow(child);
}

function follow(child: ChildProcess): Program {
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      for (const look of waiting) look();
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? signal ?? -1));
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!output.includes(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void ended.then((how) => reject(new Error(`Ended (${how}) without saying "${text}":\n${output}`)));
      }),
    signal: (name) => void child.kill(name),
    ended,
  };
}

const OWN = new Set(TABLE.flatMap(([, { env, aliases = [] }]) => [env, ...aliases]));
const FOREIGN = /^(npm_|NODE_|GOOGLE_|GEMINI_|TEMPORAL_|THUMBWHEEL_|CLOUDSDK_|JEST_)/;

/** What a fresh shell would have: no settings of Thumbwheel, of Google, of npm or of Jest. */
function neutralEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !OWN.has(name) && !FOREIGN.test(name)),
  );
}
