import { createServer, type RequestListener, type Server } from 'node:http';

/** A listening server and how to end it. */
export interface HttpServer {
  port: number;
  /** Lets requests under way finish, then cuts what is left after the grace period. */
  close: (graceMs: number) => Promise<void>;
}

/** A port that can't be listened on, said with the variable that moves it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Longer than the idle time of common proxies, which would else reuse a connection that is just being closed. */
const KEEP_ALIVE_MS = 65_000;

/** @throws ListenError when the port is taken or the address is not this machine's. */
export async function listen({
  app,
  host,
  port,
}: {
  app: RequestListener;
  host: string;
  port: number;
}): Promise<HttpServer> {
  const server = createServer(app);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((done, fail) => {
    server.once('error', (error) => fail(listenError(error, host, port)));
    server.listen(port, host, done);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: (graceMs) => closeServer(server, graceMs),
  };
}

/** What to do about a port that could not be had. */
export function listenError(error: unknown, host: string, port: number): ListenError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ListenError(
      `Port ${port} on ${host} is taken by another program, or by a Thumbwheel that runs already. Set PORT to a free one, or stop that program.`,
      { cause: error },
    );
  }
  if (code === 'EACCES')
    return new ListenError(`Port ${port} may not be used by this user. Set PORT to one above 1023.`, {
      cause: error,
    });
  return new ListenError(
    `Can’t listen on ${host}:${port} (${error instanceof Error ? error.message : error}). Check HOST and PORT.`,
    {
      cause: error,
    },
  );
}

const IDLE_SWEEP_MS = 100;

async function closeServer(server: Server, graceMs: number): Promise<void> {
  // Keep-alive connections that fall idle while closing would otherwise hold it for seconds.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((done) => server.close(() => done()));
  clearInterval(sweep);
  clearTimeout(cut);
}
