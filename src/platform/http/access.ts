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
  const [scheme, token] = (request.get('authorization') ?? '').split(' ');
  if (scheme?.toLowerCase() === 'bearer' && token && sameSecret(token, rules.adminToken)) return;
  throw new AppError('unauthorized', `This route is for operators. The admin token is ${rules.tokenPlace}`);
}

const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via', 'origin'];

/** Socket peer and Host are loopback, and neither a page nor a proxy stands between. */
function comesFromThisMachine(request: Request): boolean {
  if (FORWARDING.some((header) => request.get(header) !== undefined)) return false;
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
