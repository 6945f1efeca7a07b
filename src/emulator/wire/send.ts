import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'express';
import { apiErrorBody } from './errors.ts';
import type { AnswerReply, FileReply, Reply } from './reply.ts';

/** Writes a reply. Resolves with the status sent, 0 for a connection that ended without one. */
export async function sendReply(res: Response, reply: Reply): Promise<number> {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  if (!(await pause(reply.delayMs, gone.signal))) return 0;
  switch (reply.type) {
    case 'reset':
      res.destroy();
      return 0;
    case 'json':
      res.status(reply.status).set(reply.headers);
      if (reply.body === undefined) res.end();
      else res.json(reply.body);
      return reply.status;
    case 'text':
      res.status(reply.status).type(reply.contentType).send(reply.text);
      return reply.status;
    case 'file':
      return sendFile(res, reply);
    case 'answer':
      return sendAnswer(res, reply, gone.signal);
  }
}

async function sendFile(res: Response, reply: FileReply): Promise<number> {
  res.status(200).set(reply.headers);
  try {
    await pipeline(createReadStream(reply.path), res);
  } catch {
    // The client left, or the object was deleted meanwhile: the connection is closed either way.
    res.destroy();
  }
  return 200;
}

async function sendAnswer(res: Response, reply: AnswerReply, gone: AbortSignal): Promise<number> {
  if (reply.mode === 'unary') {
    if (reply.ending === 'complete') res.json(reply.chunks[0] ?? {});
    else res.destroy();
    return reply.ending === 'complete' ? 200 : 0;
  }
  res.status(200).type(reply.mode === 'sse' ? 'text/event-stream' : 'application/json');
  const whole = reply.ending === 'complete' ? reply.chunks : reply.chunks.slice(0, reply.chunksBeforeEnding);
  for (const [index, chunk] of whole.entries()) {
    if (index > 0 && !(await pause(reply.chunkDelayMs, gone))) return 200;
    const isOpen = res.write(framed(reply.mode, JSON.stringify(chunk), index));
    if (!isOpen && !(await drained(res, gone))) return 200;
  }
  await endAnswer(res, reply);
  return 200;
}

function framed(mode: 'sse' | 'array', text: string, index: number): string {
  if (mode === 'sse') return `data: ${text}\r\n\r\n`;
  return index === 0 ? `[${text}` : `,\r\n${text}`;
}

async function endAnswer(res: Response, reply: AnswerReply): Promise<void> {
  const next = JSON.stringify(reply.chunks[reply.chunksBeforeEnding] ?? {});
  switch (reply.ending) {
    case 'complete':
      res.end(reply.mode === 'array' ? ']' : undefined);
      return;
    case 'cut-between':
      res.end();
      return;
    case 'cut-inside':
      res.end(`data: ${next.slice(0, Math.ceil(next.length / 2))}`);
      return;
    case 'error-event':
      // A packet of its own: the SDK does not see an error that shares one with a chunk.
      await sleep(20);
      res.end(
        JSON.stringify(apiErrorBody('UNAVAILABLE', 'The model is overloaded. Please try again later.')),
      );
      return;
    case 'reset':
      // What was written must have left before the socket is torn down, or the client sees none of it.
      res.flushHeaders();
      await sleep(20);
      res.destroy();
  }
}

async function pause(delayMs: number, gone: AbortSignal): Promise<boolean> {
  if (delayMs === 0) return !gone.aborted;
  return sleep(delayMs, true, { signal: gone }).catch(() => false);
}

async function drained(res: Response, gone: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    res.once('drain', () => resolve(true));
    gone.addEventListener('abort', () => resolve(false), { once: true });
  });
}
