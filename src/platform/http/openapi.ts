import type { RequestHandler } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiObject,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { ERRORS } from '../../errors.ts';
import type { ResponseDoc, Route, RouteDoc } from './route.ts';

const Failure = z
  .object({
    ok: z.literal(false),
    error: z.object({
      code: z.enum(Object.keys(ERRORS)).meta({ example: 'invalid_input' }),
      message: z.string().meta({ description: 'What happened, why, and what to do.' }),
      details: z
        .unknown()
        .optional()
        .meta({ description: 'For `invalid_input`: a list of `{field, message}`.' }),
    }),
  })
  .meta({ id: 'Failure' });

/** The OpenAPI 3.1 document, made from the same declarations that validate. */
export function openApiDocument(
  routes: readonly Route[],
  version: string,
): ReturnType<typeof createDocument> {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of [...PROBES, ...routes.flatMap(withAliases)]) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  const document: ZodOpenApiObject = {
    openapi: '3.1.0',
    info: {
      title: 'Thumbwheel',
      version,
      description:
        'AI answers, thumbs on them, and the models that come of it. No user ids are taken or kept.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    components: { securitySchemes: { adminToken: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
  return createDocument(document);
}

function withAliases(route: Route): RouteDoc[] {
  const also = (route.aliases ?? []).map((path, at) => ({
    ...route,
    path,
    operationId: `${route.operationId}Alias${at + 1}`,
    summary: `The same as ${route.path}`,
  }));
  return [route, ...also];
}

function probe(path: string, operationId: string, summary: string): RouteDoc {
  const responses = { 200: { description: summary } };
  return {
    method: 'get',
    path,
    operationId,
    tag: 'Operations',
    summary,
    access: 'public',
    request: z.object({}),
    responses,
  };
}

/** They answer outside the envelope's routes: for load balancers and Prometheus. */
const PROBES = [
  probe('/healthz', 'getHealth', 'The process is alive'),
  probe('/readyz', 'getReadiness', 'Answers can be given; each dependency’s state. 503 otherwise'),
  probe('/metrics', 'getMetrics', 'Figures in Prometheus’ text format'),
];

function operation(route: RouteDoc): ZodOpenApiOperationObject {
  const { params, query, headers, body } = route.request.shape;
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    ...(route.access === 'public' ? {} : { security: [{ adminToken: [] }] }),
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
      ...(headers instanceof z.ZodObject ? { header: headers } : {}),
    },
    ...(body instanceof z.ZodType
      ? {
          requestBody: { content: { 'application/json': { schema: body } }, required: !acceptsNothing(body) },
        }
      : {}),
    responses: {
      ...Object.fromEntries(Object.entries(route.responses).map(([status, doc]) => [status, response(doc)])),
      default: { description: 'A failure', content: { 'application/json': { schema: Failure } } },
    },
  };
}

/** An absent body reads as an empty object, so a schema that takes one makes the body optional. */
function acceptsNothing(body: z.ZodType): boolean {
  return body.safeParse({}).success;
}

function response({ description, info, content }: ResponseDoc) {
  const json = info ? { 'application/json': { schema: z.object({ ok: z.literal(true), info }) } } : {};
  return { description, content: { ...json, ...content } };
}

/** Serves the document at /openapi.json; it is made at the first request. */
export function openApiPage(routes: readonly Route[], version: string): RequestHandler {
  let document: ReturnType<typeof createDocument> | undefined;
  return Router().get('/openapi.json', (_request, response) => {
    document ??= openApiDocument(routes, version);
    response.json(document);
  });
}
