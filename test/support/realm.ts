import { types } from 'node:util';

/**
 * Jest runs each file in a realm of its own, where an error that Node itself throws (a file, a socket) is no instance
 * of that realm's `Error`. Production has one realm, and so shall the tests: `instanceof Error` answers alike.
 */
const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, error: unknown): boolean {
    return ordinary.call(this as () => void, error) || (this === Error && types.isNativeError(error));
  },
});
