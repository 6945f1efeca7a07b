import { chmod, readdir, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openScene, ownPorts, type Scene, type SceneRun } from './support/scene.ts';

let scene: Scene;
let servers: Server[];
beforeEach(async () => {
  scene = await openScene();
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.close();
  await scene.close();
});

/** Runs `npm start`'s program to its end. */
async function runToEnd(options: Partial<SceneRun>): Promise<{ code: unknown; output: string }> {
  const ports = await ownPorts();
  const program = scene.run({
    role: 'start',
    ...options,
    environment: { ...ports, ...options.environment },
  });
  const code = await program.ended;
  return { code, output: program.output() };
}

/** A port that another program listens on. */
function takenPort(): Promise<string> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(String(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

describe('npm start stops with one clear message and leaves nothing running', () => {
  test.each(['PORT', 'TEMPORAL_PORT'])(
    'when %s is taken by another program',
    async (variable) => {
      const port = await takenPort();
      const { code, output } = await runToEnd({ environment: { [variable]: port } });
      expect(code).toBe(1);
      expect(output).toMatch(new RegExp(`Port ${port}.*Set ${variable}|Port ${port}.*set ${variable}`));
      expect(output).not.toMatch(/^\s+at /m);
      expect(await scene.leftovers()).toEqual([]);
    },
    90_000,
  );

  test('when DATA_DIR can not be written by the user who runs it', async () => {
    await chmod(scene.folder, 0o555);
    const { code, output } = await runToEnd({ prefix: asOrdinaryUser(), environment: { LOG_FILE: '' } });
    expect(code).toBe(1);
    expect(output).toContain(`The data folder ${scene.dataDir} can't be written`);
    expect(output).toContain('set DATA_DIR to another folder');
    expect(output).not.toMatch(/^\s+at /m);
    expect(await scene.leftovers()).toEqual([]);
  });

  test('when LOG_FILE or FEEDBACK_EXPORT_DIR can not be made', async () => {
    const variables = ['LOG_FILE', 'FEEDBACK_EXPORT_DIR'];
    const ends = variables.map((variable) =>
      runToEnd({ environment: { [variable]: '/dev/null/no/folder' } }),
    );
    for (const [index, { code, output }] of (await Promise.all(ends)).entries()) {
      expect(code).toBe(1);
      expect(output).toContain(variables[index]);
      expect(output).not.toMatch(/^\s+at /m);
    }
    expect(await scene.leftovers()).toEqual([]);
  });

  test('when settings are wrong: each is named, with what was given and what is allowed', async () => {
    const { code, output } = await runToEnd({
      environment: { PORT: 'eighty', FEEDBACK_CACHE_TTL: '15 minutes', ROLLOUT_STAGES: '50,10' },
    });
    expect(code).toBe(1);
    expect(output).toMatch(/PORT is "eighty"; allowed: .*65535/);
    expect(output).toMatch(/FEEDBACK_CACHE_TTL is "15 minutes"; allowed: /);
    expect(output).toMatch(/ROLLOUT_STAGES is "50,10"; allowed: /);
    expect(await readdir(scene.folder)).toEqual([]);
  });
});

describe('npm start -- --check', () => {
  test('prints the effective settings, secrets masked, and touches nothing', async () => {
    const { code, output } = await runToEnd({
      args: ['--check'],
      environment: { ADMIN_TOKEN: 'a-secret-that-nobody-may-read', FEEDBACK_CACHE_TTL: '20m' },
    });
    expect(code).toBe(0);
    expect(output).toMatch(/^FEEDBACK_EXPORT_SCHEDULE=0 2 \* \* \* {3}# default$/m);
    expect(output).toMatch(/^FEEDBACK_CACHE_TTL=\S+$/m);
    expect(output).toContain('ADMIN_TOKEN=set');
    expect(output).not.toContain('a-secret-that-nobody-may');
    expect(await readdir(scene.folder)).toEqual([]);
    await expect(stat(join(scene.folder, 'data'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('fails for a wrong setting', async () => {
    const { code, output } = await runToEnd({ args: ['--check'], environment: { ROLLOUT_ALPHA: '5 %' } });
    expect(code).toBe(1);
    expect(output).toContain('ROLLOUT_ALPHA is "5 %"; allowed: ');
  });
});

/** root may write anywhere, so that it has to become somebody else. */
function asOrdinaryUser(): string[] {
  if (process.getuid?.() !== 0) return [];
  return ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
}
