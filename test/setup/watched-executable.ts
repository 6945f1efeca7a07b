import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A script that runs the server in its own process and ends it when the process that started it is gone:
 * the SDK starts this server itself, and would leave it behind when Jest is killed.
 */
export function watchedExecutable(executable: string, folder: string): string {
  const path = join(folder, `watched-${process.pid}-${Date.now()}.sh`);
  // Asked by who the parent is now: one that died may linger as a zombie, which still takes signals.
  const script = [
    '#!/bin/sh',
    'started_by=$PPID',
    'parent() { if [ -r /proc/$$/stat ]; then cut -d" " -f4 /proc/$$/stat; else ps -o ppid= -p $$ | tr -d " "; fi; }',
    '( while [ "$(parent)" = "$started_by" ]; do sleep 0.5; done; kill -s KILL $$ ) >/dev/null 2>&1 &',
    `exec '${executable}' "$@"`,
  ];
  writeFileSync(path, `${script.join('\n')}\n`, { mode: 0o755 });
  return path;
}
