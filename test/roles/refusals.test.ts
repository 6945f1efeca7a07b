import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { printCheck } from '../../src/roles/check.ts';
import { effectiveSettings } from '../../src/settings/effective.ts';
import { openScene, type Scene } from '../journeys/support/scene.ts';
import { emptyDatabase } from '../setup/servers.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const database = { DATABASE_URL: 'postgres://postgres@127.0.0.1:1/nowhere' };
const temporal = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
const gemini = { GEMINI_API_KEY: 'a key of nobody' };

interface Refusal {
  role: string;
  given: Record<string, string>;
  names: string;
}

const refusals: Refusal[] = [
  { role: 'migrate', given: {}, names: 'DATABASE_URL' },
  { role: 'worker', given: { ...database, ...gemini }, names: 'TEMPORAL_ADDRESS' },
  { role: 'worker', given: { ...database, ...temporal }, names: 'GEMINI_PROJECT_ID' },
  { role: 'api', given: { ...temporal, ...gemini }, names: 'DATABASE_URL' },
  { role: 'api', given: { ...database, ...temporal, ...gemini }, names: 'ADMIN_TOKEN' },
  {
    role: 'api',
    given: { ...database, ...temporal, GEMINI_BACKEND: 'emulator' },
    names: 'GEMINI_BACKEND=emulator',
  },
];

describe('a role that lacks a real part', () => {
  test.each(refusals)('$role is told so by --check as well, which names $names', ({ role, given, names }) => {
    const checked = () =>
      printCheck(role, 'role', { ...effectiveSettings(given, 'role', new Date()), environment: given });
    expect(checked).toThrow(names);
  });

  test('a database that lets nobody in is named by its variable', async () => {
    const { url } = await emptyDatabase();
    const nobody = new URL(url);
    nobody.pathname = '/no-such-database';
    const program = scene.run({ role: 'migrate', environment: { DATABASE_URL: nobody.href } });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain('The database at DATABASE_URL refuses');
    expect(program.output()).not.toMatch(/^\s+at /m);
  });

  test.each(refusals)(
    '$role does not start, and names $names',
    async ({ role, given, names }) => {
      const program = scene.run({ role, environment: { ...given, PORT: '0' } });
      expect(await program.ended).toBe(1);
      expect(program.output()).toContain(names);
      expect(program.output()).not.toMatch(/^\s+at /m);
    },
    120_000,
  );

  test('an emulator whose port is taken says so, and names PORT', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '0.0.0.0', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address ? address.port : 0);
      });
    });
    const program = scene.run({ role: 'emulator', environment: { PORT: String(port) } });
    expect(await program.ended).toBe(1);
    expect(program.output()).toContain(`Port ${port} on 0.0.0.0 is taken by another program, or`);
    other.close();
  });
});
