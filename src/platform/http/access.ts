import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { Request } from 'express';
import { AppError } from '../../errors.ts';
import type { Route } from './route.ts';

export interface AccessRules {
  adminToken: string;
  /** Where an operator finds the token; printed in a 401. */
  tokenPlace: string;
  /** Everything is embedded and no token was set: `loopback-admin` routes need none from this machine. */
  loopbackExports: 'open' | 'closed';
}

/** @throws AppError `unauthorized` when the route wants the admin token and the request does not carry it. */
export function checkAccess(route: Route, request: Request, rules: AccessRules): void {
  if (route.access === 'public') return;
  if (route.access === 'loopback-admin' && rules.loopbackExports === 'open' && comesFromThisMachine(request))
    return;
  const [, token] = /^bearer +(\S+)$/i.exec(request.get('authorization') ?? '') ?? [];
  if (token !== undefined && sameSecret(token, rules.adminToken)) return;
  throw new AppError('unauthorized', `This route is for operators. The admin token is ${rules.tokenPlace}`);
}

/** What proxies add, by any of their names, and what a page's request carries. */
const NOT_DIRECT = /^(via|origin|x-original-.*|x-forwarded.*|forwarded.*|.*-ip|x-envoy-.*)$/;
/** Where a browser says that another site's page asked. */
const OTHER_SITES = ['cross-site', 'same-site'];

/** Socket peer and Host are loopback, and neither a page nor a proxy stands between. */
function comesFromThisMachine(request: Request): boolean {
  if (Object.keys(request.headers).some((header) => NOT_DIRECT.test(header))) return false;
  if (OTHER_SITES.includes(request.get('sec-fetch-site') ?? '')) return false;
  if ((request.headersDistinct.host ?? []).length > 1) return false;
  return isLoopback(request.socket.remoteAddress ?? '') && isLoopbackHost(request.get('host') ?? '');
}

export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '');
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}

function isLoopbackHost(host: string): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return name === 'localhost' || isLoopback(name);
}

function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
