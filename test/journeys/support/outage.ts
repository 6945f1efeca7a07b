import { withDescendants } from './processes.ts';

/** Stops a server and all its processes in their tracks: connections stay open and nothing answers. */
export async function frozen<T>(pid: number, meanwhile: () => Promise<T>): Promise<T> {
  const pids = await withDescendants(pid);
  for (const each of pids) process.kill(each, 'SIGSTOP');
  try {
    return await meanwhile();
  } finally {
    for (const each of pids) process.kill(each, 'SIGCONT');
  }
}

/** Stops a server; it is started again whatever happens meanwhile, since other tests need it too. */
export async function stopped<T>(
  server: { stop: () => Promise<void>; start: () => Promise<void> },
  meanwhile: () => Promise<T>,
): Promise<T> {
  await server.stop();
  try {
    return await meanwhile();
  } finally {
    await server.start();
  }
}
