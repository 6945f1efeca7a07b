import type { Reply } from '../wire/reply.ts';
import type { Route, Surface, WireRequest } from '../wire/route.ts';
import type { World } from '../world.ts';
import { countTokens, generateContent, streamGenerateContent } from './generate.ts';

type ModelSurface = Extract<Surface, 'vertex' | 'developer'>;
type Verb = (world: World, request: WireRequest, surface: ModelSurface) => Reply | Promise<Reply>;

/** Paths that name what answers, without the verb behind the colon. */
const targets: ReadonlyArray<readonly [ModelSurface, string]> = [
  [
    'vertex',
    '/(?:v1|v1beta1)/projects/(?<project>[^/]+)/locations/(?<location>[^/]+)/publishers/google/models/(?<model>[^/:]+)',
  ],
  [
    'vertex',
    '/(?:v1|v1beta1)/projects/(?<project>[^/]+)/locations/(?<location>[^/]+)/endpoints/(?<endpoint>[^/:]+)',
  ],
  ['vertex', '/(?:v1|v1beta1)/publishers/google/models/(?<model>[^/:]+)'],
  ['developer', '/(?:v1|v1beta)/models/(?<model>[^/:]+)'],
];

const verbs: ReadonlyArray<readonly [string, string, Verb]> = [
  ['generate', 'generateContent', generateContent],
  ['stream', 'streamGenerateContent', streamGenerateContent],
  ['countTokens', 'countTokens', countTokens],
];

/** generateContent, streamGenerateContent and countTokens of both backends. */
export function modelRoutes(world: World): Route[] {
  return targets.flatMap(([surface, path]) =>
    verbs.map(
      ([kind, verb, handle]): Route => ({
        kind,
        surface,
        method: 'POST',
        pattern: new RegExp(`^${path}:${verb}$`),
        body: 'json',
        handle: (request) => handle(world, request, surface),
      }),
    ),
  );
}
