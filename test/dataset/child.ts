import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ExportBatchResult } from '../../src/dataset/messages.ts';

const HOOKS = join(import.meta.dirname, 'typescript-hooks.mjs');
const PROGRAM = join(import.meta.dirname, 'export-process.ts');

export interface ExportProcess {
  /** Resolves when the process is connected and its export begins. */
  begun: Promise<void>;
  /** The result; undefined when the process was killed before. */
  result: Promise<(ExportBatchResult & { peakBytes: number }) | undefined>;
  kill: () => Promise<void>;
}

export interface ExportOrder {
  url: string;
  folder: string;
  batchId: string;
  /** Limit of V8's heap. */
  heapMb?: number;
}

/** Starts an export in a process of its own. */
export function exportProcess({ url, folder, batchId, heapMb = 256 }: ExportOrder): ExportProcess {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMb}`, '--import', HOOKS, PROGRAM, url, folder, batchId],
    { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  const lines = linesOf(child);
  return {
    begun: lines.then(({ first }) => first).then(() => undefined),
    result: lines.then(async ({ rest }) => {
      const last = (await rest).at(-1);
      return last === undefined ? undefined : JSON.parse(last);
    }),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function linesOf(child: ChildProcess) {
  if (!child.stdout) throw new Error('The child has no stdout');
  const reader = createInterface(child.stdout);
  const seen: string[] = [];
  reader.on('line', (line) => seen.push(line));
  const first = Promise.race([once(reader, 'line'), once(reader, 'close')]);
  const rest = once(reader, 'close').then(() => seen.slice(1));
  return { first, rest };
}
