import { connect, createServer } from 'node:net';
import { EmbeddedError } from './embedded-error.ts';

const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65_535;
const TRIES = 100;

/** A port to listen on; `fixed` when a person chose it, so that no other will do. `variable` names the setting. */
export type PortWish = { port: number; fixed: boolean; variable: string };

/** The wished port where it is free, else the next free one; EmbeddedError where a fixed one is taken. */
export async function claimPort(wish: PortWish, notThese: readonly number[] = []): Promise<number> {
  if (wish.port === 0) return freePort();
  const last = wish.fixed ? wish.port : Math.min(wish.port + TRIES, MAX_PORT);
  for (let port = wish.port; port <= last; port += 1) {
    if (!notThese.includes(port) && (await isFree(port))) return port;
  }
  throw new EmbeddedError(
    wish.fixed
      ? `Port ${wish.port} (${wish.variable}) is in use by another program. Stop that program, or set ${wish.variable} to a free port.`
      : `No free port from ${wish.port} to ${last}. Set ${wish.variable} to a free port.`,
  );
}

/** A port that nothing listens on now, chosen by the operating system. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, LOOPBACK, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

// On macOS a port that another program holds on all addresses can still be bound on loopback,
// so a connection is tried as well.
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port)) && !(await answers(port));
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK);
    const settle = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
