import { runInThisContext } from 'node:vm';

/**
 * @google/genai hands its requests to undici's global dispatcher, which Node keeps on the global object
 * of the outer realm. Jest's sandbox has a global object of its own, so it is carried over.
 */
const dispatcher = Symbol.for('undici.globalDispatcher.1');

Reflect.set(globalThis, dispatcher, Reflect.get(runInThisContext('new Headers(); globalThis'), dispatcher));
