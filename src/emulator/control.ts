import { z } from 'zod';
import { faultNames } from './faults/fault-names.ts';
import { faultRule } from './faults/faults.ts';
import { behaviour, settingsChange, tunedPreset } from './knobs.ts';
import { jsonReply } from './wire/reply.ts';
import type { Route, WireRequest } from './wire/route.ts';
import { parseBody } from './wire/strict-json.ts';
import type { World } from './world.ts';

const modelKnobs = z.strictObject({ ...behaviour.shape, model: z.string().min(1) });
const clock = z.strictObject({ advanceMs: z.number().int().min(0) });

/** The knobs under /__emulator/; README.md tells each. */
export function controlRoutes(world: World): Route[] {
  return [
    control('GET', 'state', () => jsonReply(stateOf(world))),
    control('GET', 'requests', ({ query }) =>
      jsonReply({
        requests: world.requests.newest({
          limit: Number(query.get('limit') ?? 100),
          kind: query.get('kind') ?? undefined,
        }),
      }),
    ),
    control('POST', 'models', async ({ body }) => {
      const { model, ...knobs } = parseBody(modelKnobs, body);
      const { behaviours } = world.store.current;
      behaviours[model] = { ...behaviours[model], ...knobs };
      return saved(world);
    }),
    control('POST', 'tuned', async ({ body }) => {
      world.store.current.presets.push(parseBody(tunedPreset, body));
      return saved(world);
    }),
    control('POST', 'settings', async ({ body }) => {
      Object.assign(world.store.current.settings, parseBody(settingsChange, body));
      return saved(world);
    }),
    control('POST', 'clock', async ({ body }) => {
      world.store.current.clockOffsetMs += parseBody(clock, body).advanceMs;
      return saved(world);
    }),
    control('POST', 'faults', async ({ body }) => {
      world.faults.add(parseBody(faultRule, body));
      return jsonReply({ faults: world.faults.list() });
    }),
    control('DELETE', 'faults', () => {
      world.faults.clear();
      return jsonReply({ faults: [] });
    }),
    control('POST', 'reset', async () => {
      world.faults.clear();
      world.requests.clear();
      await world.store.reset();
      return jsonReply(stateOf(world));
    }),
  ];
}

function control(
  method: 'GET' | 'POST' | 'DELETE',
  name: string,
  handle: (request: WireRequest) => ReturnType<Route['handle']>,
): Route {
  return {
    kind: `control.${name}`,
    surface: 'control',
    method,
    pattern: new RegExp(`^/__emulator/${name}$`),
    body: method === 'POST' ? 'json' : 'none',
    handle,
  };
}

async function saved(world: World) {
  await world.store.save();
  return jsonReply(stateOf(world));
}

function stateOf(world: World): object {
  const { behaviours, presets, jobs, objects, files } = world.store.current;
  return {
    now: new Date(world.nowMs()).toISOString(),
    settings: world.settings(),
    models: behaviours,
    tuned: presets,
    jobs,
    objects,
    files,
    faults: world.faults.list(),
    known_faults: faultNames,
    counts: world.requests.counts(),
  };
}
