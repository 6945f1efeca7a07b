import type { Response } from 'express';
import { AppError } from '../errors.ts';
import { errorBody } from '../platform/http/failure.ts';

/** A comment after this much silence keeps proxies from closing the connection. */
const COMMENT_AFTER_MS = 15_000;
/** A caller that reads nothing for this long is gone. */
const STALLED_AFTER_MS = 60_000;

export interface EventStream {
  /** True once anything was sent: then the status is out, and so is the fallback. */
  hasBegun: () => boolean;
  /** Sends a piece of text; a promise while the caller reads more slowly than the model writes. */
  delta: (text: string) => undefined | Promise<void>;
  /** The last event of a good answer. */
  done: (info: object) => void;
  /** The last event of an answer that broke after its first piece. */
  fail: (error: AppError) => void;
}

/** Server-sent events on a response. Nothing at all is sent before the first piece of text. */
export function createEventStream(response: Response): EventStream {
  let comments: NodeJS.Timeout | undefined;

  function begin(): void {
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    comments = setInterval(() => response.write(': still there\n\n'), COMMENT_AFTER_MS);
    response.once('close', () => clearInterval(comments));
  }

  function send(event: string, data: object): boolean {
    if (!comments) begin();
    comments?.refresh();
    return response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  function end(event: string, data: object): void {
    send(event, data);
    clearInterval(comments);
    response.end();
  }

  return {
    hasBegun: () => comments !== undefined,
    delta: (text) => (send('delta', { text }) || response.closed ? undefined : drained(response)),
    done: (info) => end('done', info),
    fail: (error) => end('error', errorBody(error)),
  };
}

/** A client must be able to tell a stop from a cut line. */
export function serverStops(): AppError {
  return new AppError('model_unavailable', 'This server is stopping');
}

function drained(response: Response): Promise<void> {
  return new Promise((ready) => {
    const stalled = setTimeout(() => response.destroy(), STALLED_AFTER_MS);
    const done = () => {
      clearTimeout(stalled);
      response.off('drain', done).off('close', done);
      ready();
    };
    response.on('drain', done).on('close', done);
  });
}
