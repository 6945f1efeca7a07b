import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { createEventStream, type EventStream } from '../../src/assistant/event-stream.ts';
import { AppError } from '../../src/errors.ts';
import { createApp } from '../../src/platform/http/app.ts';
import { defineRoute } from '../../src/platform/http/route.ts';
import { type HttpServer, listen } from '../../src/platform/http/server.ts';
import { readableLog } from './support.ts';

describe('a stream of events', () => {
  let server: HttpServer;
  let opened: (stream: EventStream) => void;

  beforeAll(async () => {
    const route = defineRoute({
      method: 'get',
      path: '/events',
      operationId: 'events',
      tag: 'Answers',
      summary: 'Events of a test',
      access: 'public',
      request: z.object({}),
      responses: {},
      handler: async (_input, { response }) => {
        opened(createEventStream(response));
        return 'sent';
      },
    });
    const app = createApp({
      routes: [route],
      access: { adminToken: 'not used in this test', tokenPlace: 'nowhere', loopbackExports: 'closed' },
      rateLimit: { perMinute: 0, loopback: 'exempt' },
      trustProxy: 0,
      corsOrigins: [],
      log: readableLog().log,
      extras: [(_request, _response, next) => next()],
    });
    server = await listen({ app, host: '127.0.0.1', port: 0 });
  });
  afterAll(() => server.close(100));
  afterEach(() => {
    jest.useRealTimers();
  });

  async function open(): Promise<{ stream: EventStream; socket: Socket; received: () => string }> {
    const stream = new Promise<EventStream>((resolve) => {
      opened = resolve;
    });
    let text = '';
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (data) => {
      text += data.toString();
    });
    socket.write('GET /events HTTP/1.1\r\nhost: x\r\n\r\n');
    return { stream: await stream, socket, received: () => text };
  }

  test('sends nothing, comments included, before the first piece, and comments in silence after it', async () => {
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'setImmediate', 'nextTick', 'performance', 'Date'] });
    const { stream, socket, received } = await open();
    jest.advanceTimersByTime(60_000);
    await settle();
    expect(received()).toBe('');
    expect(stream.hasBegun()).toBe(false);

    await stream.delta('one\ntwo');
    jest.advanceTimersByTime(14_000);
    await stream.delta('three');
    jest.advanceTimersByTime(14_000);
    await until(() => received().includes('three'));
    await settle();
    expect(received()).toContain('event: delta\ndata: {"text":"one\\ntwo"}\n\n');
    expect(received()).not.toContain('\n: ');

    jest.advanceTimersByTime(31_000);
    stream.done({ text: 'all' });
    await until(() => /event: done\ndata: \{"text":"all"\}\n\n/.test(received()));
    expect(received().match(/^: still there$/gm)).toHaveLength(3);
    socket.destroy();
  });

  test('ends a broken answer with the error object of the envelope', async () => {
    const { stream, socket, received } = await open();
    await stream.delta('a');
    stream.fail(new AppError('model_unavailable', 'Gemini can’t be reached'));
    await until(() => received().includes('event: error') && received().endsWith('\r\n\r\n'));
    const [, data = ''] = /event: error\ndata: (.*)\n\n/.exec(received()) ?? [];
    expect(JSON.parse(data)).toEqual({
      code: 'model_unavailable',
      message: expect.stringContaining('reached'),
    });
    socket.destroy();
  });

  test('holds the model back while the caller does not read, and lets go when it reads or leaves', async () => {
    for (const release of ['resume', 'destroy'] as const) {
      const { stream, socket } = await open();
      socket.pause();
      const waiting = await untilHeldBack(stream);
      socket[release]();
      await waiting.forCaller;
      socket.destroy();
    }
  });
});

/** Sends until the buffers of both sides are full; answers the promise that waits for the caller. */
async function untilHeldBack(stream: EventStream): Promise<{ forCaller: Promise<void> }> {
  for (;;) {
    const forCaller = stream.delta('x'.repeat(200_000));
    if (!forCaller) continue;
    const first = await Promise.race([forCaller.then(() => 'ready'), settle().then(() => 'held back')]);
    if (first === 'held back') return { forCaller };
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}

function settle(): Promise<void> {
  return new Promise((wake) => setTimeout(wake, 60));
}
