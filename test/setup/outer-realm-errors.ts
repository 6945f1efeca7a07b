/**
 * Errors made by Node itself (fs, net, fetch) come from outside Jest's sandbox and are not
 * `instanceof Error` inside it. This lets `instanceof Error` accept them, as it does in production.
 */
/** DOMException too: what an aborted fetch rejects with is an Error in Node. */
const outerErrors = ['[object Error]', '[object DOMException]'];
const isInnerError = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, candidate: unknown): boolean {
    if (isInnerError.call(this, candidate)) return true;
    return this === Error && outerErrors.includes(Object.prototype.toString.call(candidate));
  },
});
