import { z } from 'zod';
import { defineRoute, type Route } from '../platform/http/route.ts';
import type { ShownSetting } from '../settings/masked.ts';

const Setting = z
  .object({
    name: z.string(),
    value: z.unknown(),
    from: z.enum(['environment', 'default']),
    help: z.string(),
  })
  .meta({ id: 'Setting' });

/** What an operator asks of the process itself. */
export function createOperationsRoutes({ settings }: { settings: readonly ShownSetting[] }): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/api/v1/settings',
      operationId: 'getSettings',
      tag: 'Operations',
      summary: 'Effective settings, secrets masked',
      access: 'admin',
      request: z.object({}),
      responses: { 200: { description: 'Every variable', info: z.object({ items: z.array(Setting) }) } },
      handler: async () => ({ status: 200, info: { items: settings } }),
    }),
  ];
}
