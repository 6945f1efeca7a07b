import type { RequestListener } from 'node:http';
import { AppError } from '../errors.ts';
import { errorBody } from '../platform/http/failure.ts';
import { type HttpServer, listen } from '../platform/http/server.ts';

/** A port that is taken before anything else starts; what answers on it is put in later. */
export interface Door {
  port: number;
  serve: (app: RequestListener) => void;
  close: HttpServer['close'];
}

/** @throws ListenError when the port can't be had. */
export async function openDoor({ host, port }: { host: string; port: number }): Promise<Door> {
  let app: RequestListener = starting;
  const server = await listen({ app: (request, response) => app(request, response), host, port });
  return {
    port: server.port,
    serve: (ready) => {
      app = ready;
    },
    close: server.close,
  };
}

/** Alive, but not ready: probes must not restart a process that is still waiting for its servers. */
const starting: RequestListener = (request, response) => {
  const alive = request.url === '/healthz';
  response.writeHead(alive ? 200 : 503, {
    'content-type': 'application/json; charset=utf-8',
    'retry-after': '1',
    connection: 'close',
  });
  response.end(JSON.stringify(startingAnswer(request.url)));
};

function startingAnswer(url: string | undefined): object {
  if (url === '/healthz') return { ok: true, info: { status: 'ok' } };
  if (url === '/readyz')
    return { ok: false, info: { status: 'unavailable', reason: 'starting', dependencies: {} } };
  const error = new AppError('model_unavailable', 'Thumbwheel is still starting', { retryAfterSeconds: 1 });
  return { ok: false, error: errorBody(error) };
}
