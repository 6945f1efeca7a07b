import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openAdminToken } from '../../src/operations/admin-token.ts';
import { createOperationsRoutes } from '../../src/operations/routes.ts';
import { createApp } from '../../src/platform/http/app.ts';
import { type HttpServer, listen } from '../../src/platform/http/server.ts';
import { maskedSettings } from '../../src/settings/masked.ts';
import { isGiven, parseSettings } from '../../src/settings/parse.ts';

const SECRETS = {
  ADMIN_TOKEN: 'an-admin-token-that-is-secret',
  DATABASE_URL: 'postgres://someone:pass-of-database@127.0.0.1/db',
  REDIS_URL: 'redis://:pass-of-redis@127.0.0.1',
  GEMINI_API_KEY: 'key-of-gemini-that-is-secret',
  TEMPORAL_API_KEY: 'key-of-temporal-that-is-secret',
  NOTIFY_WEBHOOK_URL: 'https://hooks.example.com/secret-path-of-the-hook',
};

let dataDir: string;
let server: HttpServer | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'thumbwheel-token-'));
});
afterEach(async () => {
  await server?.close(0);
  server = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

async function serveSettings(adminToken: string): Promise<string> {
  const settings = parseSettings(SECRETS);
  const routes = createOperationsRoutes({
    settings: maskedSettings(settings, (variable) => isGiven(SECRETS, variable)),
  });
  const app = createApp({
    routes,
    access: { adminToken, tokenPlace: 'in a file', loopbackExports: 'closed' },
    rateLimit: { perMinute: 0, loopback: 'exempt' },
    trustProxy: 0,
    corsOrigins: [],
    log: pino({ level: 'silent' }),
    extras: [],
  });
  server = await listen({ app, host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${server.port}/api/v1/settings`;
}

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the admin token', () => {
  test('is made once, kept, and readable by its owner alone', async () => {
    const made = openAdminToken({ given: undefined, dataDir });
    expect(made.token).toMatch(/^[\w-]{32}$/);
    expect(made.place).toBe(`in ${join(dataDir, 'admin-token')}`);
    expect(await modeOf(join(dataDir, 'admin-token'))).toBe(0o600);
    expect(await modeOf(join(dataDir, 'admin-header'))).toBe(0o600);
    expect(openAdminToken({ given: undefined, dataDir }).token).toBe(made.token);
  });

  test('opens admin routes for curl by the header file beside it, and for nobody without it', async () => {
    const { token, headerFile = '' } = openAdminToken({ given: undefined, dataDir });
    const url = await serveSettings(token);
    const curl = promisify(execFile)('curl', ['--silent', '--fail-with-body', '-H', `@${headerFile}`, url]);
    expect(JSON.parse((await curl).stdout)).toMatchObject({ ok: true });
    expect((await fetch(url)).status).toBe(401);
  });

  test('is made anew in place of an empty file that a full disk left, and loose modes are tightened', async () => {
    const file = join(dataDir, 'admin-token');
    await writeFile(file, '');
    await chmod(file, 0o644);
    const { token } = openAdminToken({ given: undefined, dataDir });
    expect(token).toMatch(/^[\w-]{32}$/);
    expect((await readFile(file, 'utf8')).trim()).toBe(token);
    expect(await modeOf(file)).toBe(0o600);
  });

  test('of ADMIN_TOKEN is taken as it is, and written nowhere', async () => {
    expect(openAdminToken({ given: SECRETS.ADMIN_TOKEN, dataDir })).toEqual({
      token: SECRETS.ADMIN_TOKEN,
      place: 'the value of ADMIN_TOKEN',
    });
    await expect(stat(join(dataDir, 'admin-token'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('GET /api/v1/settings', () => {
  test('shows every variable, where it comes from, and no secret', async () => {
    const url = await serveSettings(SECRETS.ADMIN_TOKEN);
    const headers = { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
    const text = await (await fetch(url, { headers })).text();
    const { info } = JSON.parse(text);
    const shown = new Map<string, { value: unknown; from: string }>(
      info.items.map((item: { name: string; value: unknown; from: string }) => [item.name, item]),
    );
    expect(shown.get('PORT')).toMatchObject({ value: 8086, from: 'default' });
    expect(shown.get('DATABASE_URL')).toMatchObject({ from: 'environment' });
    expect(shown.get('ADMIN_TOKEN')?.value).toMatch(/^set/);
    expect(text).not.toMatch(/is-secret-?|pass-of|secret-path|an-admin-token|key-of-/);
  });
});
