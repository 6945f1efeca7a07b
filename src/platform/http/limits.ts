import { createHmac, randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { AppError } from '../../errors.ts';
import { isLoopback } from './access.ts';
import { sendFailure } from './failure.ts';

export interface RateLimitRules {
  /** Requests a minute from one address; 0 = off. */
  perMinute: number;
  loopback: 'exempt' | 'limited';
}

const PROBES = new Set(['/healthz', '/readyz', '/metrics']);

/** Limits each address; addresses are kept in memory only, as hashes whose salt dies with the process. */
export function rateLimiter({ perMinute, loopback }: RateLimitRules): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  const salt = randomBytes(32);
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: false,
    legacyHeaders: false,
    keyGenerator: (request) =>
      createHmac('sha256', salt)
        .update(ipKeyGenerator(request.ip ?? ''))
        .digest('base64'),
    skip: (request) => PROBES.has(request.path) || (loopback === 'exempt' && isLoopback(request.ip ?? '')),
    handler: (request, response) => {
      const resetAt =
        'rateLimit' in request && request.rateLimit instanceof Object && 'resetTime' in request.rateLimit
          ? request.rateLimit.resetTime
          : undefined;
      const waitMs = resetAt instanceof Date ? resetAt.getTime() - Date.now() : 60_000;
      const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
      sendFailure(
        response,
        new AppError('rate_limited', `More than ${perMinute} requests a minute came from this address`, {
          retryAfterSeconds,
        }),
      );
    },
  });
}
