import { setTimeout as sleep } from 'node:timers/promises';
import { composeApi } from '../compose/api.ts';
import { composeCore, connectDatabase } from '../compose/core.ts';
import { givenAdminToken, givenParts } from '../compose/given.ts';
import type { RoleContext, Running } from '../compose/role.ts';
import { createShutdown } from '../compose/shutdown.ts';
import { openAdminToken } from '../operations/admin-token.ts';
import { disconnect } from '../platform/postgres/connect.ts';
import { openDoor } from './serve.ts';

const NOTICE_MS = 1_500;
const STREAMS_MAY_TAKE_MS = 4_500;

/** The API and the page as a role of their own, one of several replicas. */
export async function runApi(context: RoleContext): Promise<Running> {
  const { settings, log } = context;
  const parts = givenParts(context);
  const { token: adminToken, place: tokenPlace } = openAdminToken({
    given: givenAdminToken(settings),
    dataDir: settings.dataDir,
  });
  const shutdown = createShutdown(log);
  const door = await openDoor({ host: settings.host, port: settings.port });
  shutdown.add('HTTP', () => door.close(STREAMS_MAY_TAKE_MS));
  try {
    const core = composeCore(context, parts);
    const api = composeApi(core, {
      access: { adminToken, tokenPlace, loopbackExports: 'closed' },
      rateLimit: { perMinute: settings.rateLimitPerMinute ?? 0, loopback: 'limited' },
      checks: [],
    });
    shutdown.add('Temporal client', core.temporal.close);
    shutdown.add('database', () => disconnect(core.db));
    door.serve(api.early);
    await connectDatabase(core);
    await api.start();
    shutdown.add('API', api.stop);
    shutdown.add('HTTP', async () => {
      api.stopping(NOTICE_MS + STREAMS_MAY_TAKE_MS);
      // Still listening: whoever sends requests here sees /readyz and sends them elsewhere.
      await sleep(NOTICE_MS);
      await door.close(STREAMS_MAY_TAKE_MS);
    });
    door.serve(api.app);
    log.info(
      { event: 'api.started', port: door.port, backend: parts.gemini.choice.backend },
      `The API listens on port ${door.port}; answers come from ${parts.gemini.choice.backend} (${parts.gemini.choice.reason})`,
    );
    return { stop: shutdown.run, failed: new Promise(() => undefined) };
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}
