import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import type { DataSource } from 'typeorm';
import { createDatasetRoutes } from '../../src/dataset/routes.ts';
import { createApp } from '../../src/platform/http/app.ts';
import { type HttpServer, listen } from '../../src/platform/http/server.ts';
import { createDataSource } from '../../src/platform/postgres/data-source.ts';
import { connectTemporal, type Temporal, temporalTarget } from '../../src/platform/temporal/connection.ts';
import { webUiLinks } from '../../src/platform/temporal/links.ts';
import { type OpenDatabase, openDatabase, silent } from '../platform/postgres/open-database.ts';
import { type Severable, severable } from '../platform/postgres/severable.ts';
import { temporal, uniqueTaskQueue } from '../setup/servers.ts';
import { exporterUnderTest, marks, storeManyThumbs, storeThumbs, temporaryFolder } from './support.ts';

const TOKEN = 'a-token-of-24-characters';
const EXPORT = '/api/v1/ai/feedback/export';

let database: OpenDatabase;
let connection: Temporal;
let server: HttpServer;
let base: string;

async function serve(temporalOf: Pick<Temporal, 'call'>, db: DataSource): Promise<void> {
  const app = createApp({
    routes: createDatasetRoutes({
      db,
      temporal: temporalOf,
      links: webUiLinks('http://127.0.0.1:8233', 'default'),
      log: silent,
      taskQueue: uniqueTaskQueue(),
    }),
    access: { adminToken: TOKEN, tokenPlace: 'in the test', loopbackExports: 'open' },
    rateLimit: { perMinute: 0, loopback: 'exempt' },
    trustProxy: 0,
    corsOrigins: [],
    log: silent,
    extras: [(_request, _response, next) => next()],
  });
  server = await listen({ app, host: '127.0.0.1', port: 0 });
  base = `http://127.0.0.1:${server.port}`;
}

beforeAll(() => {
  const { address, namespace } = temporal();
  connection = connectTemporal(temporalTarget({}, address, namespace));
});

afterAll(() => connection.close());

beforeEach(async () => {
  database = await openDatabase();
  await serve(connection, database.db);
});

afterEach(async () => {
  await server.close(100);
  await database.close();
});

const admin = { authorization: `Bearer ${TOKEN}` };

async function call(path: string, options: RequestInit = {}) {
  const response = await fetch(`${base}${path}`, { headers: admin, ...options });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const post = (body?: unknown) =>
  call('/api/v1/exports', {
    method: 'POST',
    headers: { ...admin, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

describe('GET /api/v1/ai/feedback/export', () => {
  it('gives the liked answers of seven days as lines, without a token on this machine', async () => {
    await storeThumbs(database.db, [
      { prompt: 'Explain this', response: 'It is' },
      { prompt: 'Disliked', isPositive: false },
      { prompt: 'Exported', response: 'Too', exported: true },
      { prompt: 'Old', daysAgo: 8 },
    ]);
    const before = await marks(database.db);
    const { status, headers, text } = await call(`${EXPORT}?days=7&format=jsonl`, { headers: {} });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/jsonl; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="feedback_export_\d{8}_\d{6}\.jsonl"$/,
    );
    expect(text).toBe(
      '{"contents":[{"role":"user","parts":[{"text":"Explain this"}]},{"role":"model","parts":[{"text":"It is"}]}]}\n' +
        '{"contents":[{"role":"user","parts":[{"text":"Exported"}]},{"role":"model","parts":[{"text":"Too"}]}]}\n',
    );
    expect(await marks(database.db)).toEqual(before);
    expect(await database.db.query('SELECT 1 FROM export_batches')).toEqual([]);
  });

  it('as json gives all thumbs with the columns of the first description, redacted', async () => {
    await storeThumbs(database.db, [
      { prompt: 'mail jane.roe@acme-corp.io' },
      { prompt: 'Disliked', isPositive: false },
    ]);
    const { text } = await call(`${EXPORT}?format=json`);
    const { ok, info } = JSON.parse(text);
    expect(ok).toBe(true);
    expect(info).toMatchObject([
      { id: 1, prompt: 'mail [email]', is_positive: true },
      { id: 2, is_positive: false },
    ]);
    expect(Object.keys(info[0])).toEqual([
      'id',
      'created_at',
      'updated_at',
      'deleted_at',
      'request_id',
      'request_type',
      'prompt',
      'response',
      'is_positive',
      'model_version',
      'feedback_at',
      'exported',
      'exported_at',
    ]);
  });

  it('gives an empty file or an empty list when there is nothing', async () => {
    expect(await call(EXPORT)).toMatchObject({ status: 200, text: '' });
    expect((await call(`${EXPORT}?format=json`)).text).toBe('{"ok":true,"info":[]}');
  });

  it.each(['days=0', 'days=3651', 'days=1.5', 'days=x', 'days=', 'format=csv', 'dayz=7'])(
    'refuses ?%s by the name of the field',
    async (query) => {
      const { status, text } = await call(`${EXPORT}?${query}`);
      expect(status).toBe(400);
      expect(JSON.parse(text).error).toMatchObject({
        code: 'invalid_input',
        details: [{ field: query.split('=')[0] }],
      });
    },
  );

  describe('when the database goes away', () => {
    let way: Severable;
    let db: DataSource;

    beforeEach(async () => {
      way = await severable(database.url);
      db = await createDataSource({ url: way.url, log: silent }).initialize();
      await server.close(100);
      await serve(connection, db);
    });

    afterEach(async () => {
      await db.destroy();
      await way.close();
    });

    it('breaks the connection in the middle of a download', async () => {
      await storeManyThumbs(database.db, 20_000, 4_000);
      const ending = new Promise<string>((resolve) => {
        const request = get(`${base}${EXPORT}`, (response) => {
          response.once('data', way.cut);
          response.resume();
          response.once('end', () => resolve('a clean end'));
          response.once('error', ({ message }) => resolve(message));
        });
        request.once('error', ({ message }) => resolve(message));
      });
      expect(await ending).toBe('aborted');
    });

    it('is 503 before the first byte', async () => {
      way.cut();
      const { status, text } = await call(EXPORT);
      expect({ status, code: JSON.parse(text).error.code }).toEqual({
        status: 503,
        code: 'database_unavailable',
      });
    });
  });
});

describe('GET /api/v1/exports', () => {
  it('lists batches with their manifests, newest first, a page at a time', async () => {
    const folder = await temporaryFolder();
    const exporter = exporterUnderTest(database.db, folder.path);
    await storeThumbs(database.db, [{}, { isPositive: false }]);
    const first = await exporter.run({ days: 7 });
    const second = await exporter.run();
    const page = JSON.parse((await call('/api/v1/exports?limit=1')).text).info;
    expect(page.items).toMatchObject([
      { id: second.batchId, outcome: 'nothing_to_export', file_name: null, rows: 0 },
    ]);
    const next = JSON.parse((await call(`/api/v1/exports?limit=1&cursor=${page.next_cursor}`)).text).info;
    expect(next).toEqual({
      items: [
        expect.objectContaining({
          id: first.batchId,
          state: 'finished',
          outcome: 'exported',
          days: 7,
          rows: 2,
          positives: 1,
          manifest: expect.objectContaining({
            file_name: first.fileName,
            sha256: first.sha256,
            bytes: first.bytes,
          }),
          workflow_id: null,
          web_ui_url: null,
        }),
      ],
    });
    expect((await call('/api/v1/exports?cursor=9999999999999999999')).status).toBe(400);
    await folder.remove();
  });

  it.each(['limit=0', 'cursor=x', 'state=finished'])('refuses ?%s', async (query) => {
    expect((await call(`/api/v1/exports?${query}`)).status).toBe(400);
  });

  it('wants the admin token, even from this machine', async () => {
    expect((await call('/api/v1/exports', { headers: {} })).status).toBe(401);
    expect((await call('/api/v1/exports', { headers: {}, method: 'POST' })).status).toBe(401);
  });
});

describe('POST /api/v1/exports', () => {
  const terminate = () =>
    connection.call((client: Client) =>
      client.workflow.getHandle('export-http').terminate('end of the test'),
    );

  it('starts one export; a second one is told of the first', async () => {
    const started = await post({ days: 7 });
    try {
      expect(started.status).toBe(202);
      const { info } = JSON.parse(started.text);
      expect(info).toEqual({
        workflow_id: 'export-http',
        run_id: expect.any(String),
        web_ui_url: `http://127.0.0.1:8233/namespaces/default/workflows/export-http/${info.run_id}/timeline`,
      });
      const second = await post();
      expect(second.status).toBe(409);
      expect(JSON.parse(second.text).error).toMatchObject({ code: 'already_running', details: info });
    } finally {
      await terminate();
    }
  });

  it.each([
    [{ days: 0 }, 'days'],
    [{ days: '7' }, 'days'],
    [{ mark: false }, 'mark'],
  ])('refuses %j by the name of the field', async (body, field) => {
    const { status, text } = await post(body);
    expect(status).toBe(400);
    expect(JSON.parse(text).error.details).toEqual([{ field, message: expect.any(String) }]);
  });

  it('is 503 within seconds when Temporal is away', async () => {
    const away = connectTemporal(temporalTarget({}, '127.0.0.1:1', 'default'));
    await server.close(100);
    await serve(away, database.db);
    const { status, text, headers } = await post();
    await away.close();
    expect({ status, code: JSON.parse(text).error.code }).toEqual({
      status: 503,
      code: 'temporal_unavailable',
    });
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
  });
});
