/**
 * Errors made by Node itself (fs, net, fetch) come from outside Jest's sandbox and are not
 * `instanceof Error` inside it. This lets `instanceof Error` accept them, as it does in production.
 */
const isInnerError = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, candidate: unknown): boolean {
    if (isInnerError.call(this, candidate)) return true;
    return this === Error && Object.prototype.toString.call(candidate) === '[object Error]';
  },
});
