import { z } from 'zod';
import type { Log } from '../log.ts';
import type { Registry } from '../models/registry.ts';
import { listOf, page, text } from '../platform/http/fields.ts';
import { defineRoute, type Route } from '../platform/http/route.ts';
import type { Temporal } from '../platform/temporal/connection.ts';
import type { WebUiLinks } from '../platform/temporal/links.ts';
import { metricsBody, rolloutBody } from './bodies.ts';
import { createRolloutDesk, type RolloutDesk } from './desk.ts';
import { rolloutItem } from './item.ts';
import { STEERING } from './messages.ts';
import { COMMANDS, type CommandName } from './steer.ts';
import { createSteering } from './steering.ts';
import type { RolloutStore } from './store.ts';

export interface RolloutRouteDeps {
  store: RolloutStore;
  registry: Pick<Registry, 'find' | 'getActiveModel'>;
  temporal: Pick<Temporal, 'call'>;
  links: WebUiLinks;
  log: Log;
  taskQueue?: string;
}

const PATH = '/api/v1/rollouts';
const params = z.object({
  id: text.max(64).describe('The rollout’s id, or current for the running one'),
});
const shown = { 200: { description: 'The rollout', info: rolloutItem } };
const refusals = {
  409: { description: '`stale` when it is in another stage by now, `rollout_ended` when it is over' },
  503: { description: '`temporal_unavailable`, with Retry-After' },
};

/** Rollouts: look, start, steer. */
export function createRolloutRoutes(deps: RolloutRouteDeps): Route[] {
  const desk = createRolloutDesk({ ...deps, steering: createSteering(deps) });
  return [
    listRollouts(desk),
    getRollout(desk),
    startRollout(desk),
    ...COMMANDS.map((command) => steerRollout(desk, command)),
    pushMetrics(desk),
  ];
}

function listRollouts(desk: RolloutDesk): Route {
  return defineRoute({
    method: 'get',
    path: PATH,
    operationId: 'listRollouts',
    tag: 'Rollouts',
    summary: 'Rollouts with stage, verdict and history',
    access: 'admin',
    request: z.object({ query: page }),
    responses: { 200: { description: 'Newest first', info: listOf(rolloutItem) } },
    handler: async ({ query: { limit, cursor } }) => {
      const { items, nextSeq } = await desk.list({ limit, beforeSeq: cursor });
      const more = nextSeq === undefined ? {} : { next_cursor: String(nextSeq) };
      return { status: 200, info: { items, ...more } };
    },
  });
}

function getRollout(desk: RolloutDesk): Route {
  return defineRoute({
    method: 'get',
    path: `${PATH}/{id}`,
    operationId: 'getRollout',
    tag: 'Rollouts',
    summary: 'One rollout; current is the running one',
    access: 'admin',
    request: z.object({ params }),
    responses: { ...shown, 404: { description: '`not_found`' } },
    handler: async ({ params: { id } }) => ({ status: 200, info: await desk.get(id) }),
  });
}

function startRollout(desk: RolloutDesk): Route {
  return defineRoute({
    method: 'post',
    path: PATH,
    operationId: 'startRollout',
    tag: 'Rollouts',
    summary: 'Start a rollout; while one runs the candidate waits',
    access: 'admin',
    request: z.object({ body: rolloutBody }),
    responses: {
      202: {
        description: 'Started, or waiting for the running one to end',
        info: z.object({ id: z.uuid(), state: z.enum(['started', 'waiting']) }),
      },
      404: { description: '`not_found`: no version has that name' },
      503: refusals[503],
    },
    handler: async ({ body }) => ({ status: 202, info: await desk.ask(body) }),
  });
}

function steerRollout(desk: RolloutDesk, command: CommandName): Route {
  return defineRoute({
    method: 'post',
    path: `${PATH}/{id}/${command}`,
    operationId: `${command}Rollout`,
    tag: 'Rollouts',
    summary: STEERING[command],
    access: 'admin',
    request: z.object({
      params,
      body: z.strictObject({
        reason: text.max(500).optional(),
        expected_stage: z.int().min(0).max(100).optional().describe('The percentage that the sender saw'),
      }),
    }),
    responses: { ...shown, ...refusals, 404: { description: '`not_found`' } },
    handler: async ({ params: { id }, body: { reason, expected_stage: expectedStage } }) => {
      const input = {
        ...(reason === undefined ? {} : { reason }),
        ...(expectedStage === undefined ? {} : { expectedStage }),
      };
      return { status: 200, info: await desk.steer(id, command, input) };
    },
  });
}

function pushMetrics(desk: RolloutDesk): Route {
  return defineRoute({
    method: 'post',
    path: `${PATH}/{id}/metrics`,
    operationId: 'pushRolloutMetrics',
    tag: 'Rollouts',
    summary: 'Push figures of one version over one window, from an outside system',
    access: 'admin',
    request: z.object({ params, body: metricsBody }),
    responses: { 202: { description: 'Taken for the next check', info: rolloutItem }, ...refusals },
    handler: async ({ params: { id }, body }) => ({ status: 202, info: await desk.pushMetrics(id, body) }),
  });
}
