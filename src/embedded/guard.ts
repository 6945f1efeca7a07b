import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** `watch` names the process to end when this one dies; `release` lets the guard go without ending anything. */
export type Guard = { watch(pid: number): void; release(): void };

// Blocks on a pipe that only this process holds. End of file without a second line means that this
// process is dead, by SIGKILL too: then the child gets its stop signal, and SIGKILL after the grace.
const SCRIPT = `
IFS= read -r pid || exit 0
IFS= read -r released && exit 0
kill -s "$1" "$pid" 2>/dev/null || exit 0
left="$2"
while [ "$left" -gt 0 ] && kill -s 0 "$pid" 2>/dev/null; do sleep 1; left=$((left - 1)); done
kill -s KILL "$pid" 2>/dev/null
`;

/**
 * Starts a small shell that ends a child when this process dies, however it dies (Linux and macOS).
 * Detached, so that Ctrl-C at the terminal reaches this process alone.
 */
export function startGuard(stopSignal: NodeJS.Signals, graceMs: number): Guard {
  const seconds = String(Math.ceil(graceMs / 1000));
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'guard', stopSignal.replace(/^SIG/, ''), seconds], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return {
    watch: (pid) => void shell.stdin.write(`${pid}\n`),
    release: () => void shell.stdin.end('released\n'),
  };
}
