import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A script that runs the server in its own process and ends it when the process that started it is gone:
 * the SDK starts this server itself, and would leave it behind when Jest is killed.
 */
export function watchedExecutable(executable: string, folder: string): string {
  const path = join(folder, `watched-${process.pid}-${Date.now()}.sh`);
  const script = [
    '#!/bin/sh',
    'parent=$PPID',
    '( while kill -s 0 "$parent" && kill -s 0 $$; do sleep 0.5; done; kill -s KILL $$ ) >/dev/null 2>&1 &',
    `exec '${executable}' "$@"`,
  ];
  writeFileSync(path, `${script.join('\n')}\n`, { mode: 0o755 });
  return path;
}
