import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler, Router } from 'express';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Swagger UI writes styles and inlines its icons; it gets a policy of its own, the page's stays tight. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SAFE = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
};

const YEAR_MS = 365 * 24 * 3600 * 1000;

export interface PageFolders {
  /** Vite's output. */
  page: string;
  /** Swagger UI's files. */
  docs: string;
}

/** The page at `/` and the API pages at `/docs`; an unknown path falls through to the JSON 404. */
export function pages({ page, docs }: PageFolders): RequestHandler {
  const router = Router();
  router.get('/docs', headers(DOCS_POLICY), (_request, response) => {
    response.type('html').send(DOCS_PAGE);
  });
  router.get('/docs/start.js', headers(DOCS_POLICY), (_request, response) => {
    response.type('js').send(DOCS_SCRIPT);
  });
  router.use(
    '/docs',
    headers(DOCS_POLICY),
    express.static(docs, { index: false, maxAge: '1h', redirect: false }),
  );
  router.use(
    '/assets',
    headers(PAGE_POLICY),
    express.static(join(page, 'assets'), { immutable: true, maxAge: YEAR_MS, redirect: false }),
  );
  router.get('/icon.svg', headers(PAGE_POLICY), sendPage(join(page, 'icon.svg')));
  router.get('/', headers(PAGE_POLICY), sendPage(join(page, 'index.html')));
  return router;
}

const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Thumbwheel API</title>
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="api"></div>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;

const DOCS_SCRIPT = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true, validatorUrl: null });
`;

function headers(policy: string): RequestHandler {
  return (_request, response, next) => {
    response.set({ ...SAFE, 'Content-Security-Policy': policy });
    next();
  };
}

function sendPage(file: string): RequestHandler {
  return (_request, response, next) => {
    if (!existsSync(file)) return next();
    response.sendFile(file, { root: '/', cacheControl: false, headers: { 'Cache-Control': 'no-store' } });
  };
}
