/**
 * Errors as Node's own functions throw them: a plain TypeError, RangeError or Error whose `code` tells
 * what was wrong, and whose stack and `toString()` begin with `TypeError [ERR_X]: ...`.
 *
 * They answer a wrong call. The answer to a filesystem request is `FsError`, see core/errors.ts.
 */
import { expectedTypes, inspected, receivedNumber, specificType } from './received.js';

type ErrorClass = ErrorConstructor | TypeErrorConstructor | RangeErrorConstructor;

/** An error of Node's kind. */
export type CodedError = Error & { code: string };

// Between an error and its class, so that `name` and `constructor` stay those of the class.
const PROTOTYPES: ReadonlyMap<ErrorClass, object> = new Map(
  [Error, TypeError, RangeError].map((Base) => [
    Base,
    Object.create(Base.prototype, {
      toString: { value: toStringWithCode, writable: true, configurable: true },
    }),
  ]),
);

function toStringWithCode(this: CodedError): string {
  return `${this.name} [${this.code}]: ${this.message}`;
}

function codedError(Base: ErrorClass, code: string, message: string): CodedError {
  const error = nativeError(Base, code, message);
  Object.setPrototypeOf(error, PROTOTYPES.get(Base) ?? Base.prototype);
  showCodeInStack(error);
  return error;
}

/** A stack is composed when it is first read, and begins with the name of that moment. */
export function showCodeInStack(error: CodedError): void {
  Object.defineProperty(error, 'name', {
    value: `${error.name} [${error.code}]`,
    configurable: true,
  });
  void error.stack;
  Reflect.deleteProperty(error, 'name');
}

/** ERR_INVALID_ARG_TYPE: `expected` is one or more of type names, class names and other words. */
export function invalidArgType(
  name: string,
  expected: string | readonly string[],
  actual: unknown,
): CodedError {
  const wanted = expectedTypes(typeof expected === 'string' ? [expected] : expected);
  const message = `The ${subject(name, '"')} must be ${wanted}. Received ${specificType(actual)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_TYPE', message);
}

/** `"path" argument`, `"options.mode" property`, or the name itself where it says which argument. */
function subject(name: string, mark: string): string {
  if (name.endsWith(' argument')) return name;
  return `${mark}${name}${mark} ${kind(name)}`;
}

function kind(name: string): string {
  return name.includes('.') ? 'property' : 'argument';
}

/** ERR_INVALID_ARG_VALUE */
export function invalidArgValue(name: string, value: unknown, reason = 'is invalid'): CodedError {
  const message = `The ${kind(name)} '${name}' ${reason}. Received ${inspected(value)}`;
  return codedError(TypeError, 'ERR_INVALID_ARG_VALUE', message);
}

/** ERR_INVALID_RETURN_VALUE: a function that the caller gave answered with a promise. */
export function promiseReturned(expected: string, name: string): CodedError {
  const message = `Expected ${expected} to be returned from the "${name}" function but got an instance of Promise.`;
  return codedError(TypeError, 'ERR_INVALID_RETURN_VALUE', message);
}

/** ERR_OUT_OF_RANGE: `range` reads like `>= 0 && <= 7`. */
export function outOfRange(name: string, range: string, value: unknown): CodedError {
  const message = `The value of "${name}" is out of range. It must be ${range}. Received `;
  return codedError(RangeError, 'ERR_OUT_OF_RANGE', message + receivedNumber(value));
}

/** ERR_INCOMPATIBLE_OPTION_PAIR */
export function incompatibleOptions(first: string, second: string): CodedError {
  const message = `Option "${first}" cannot be used in combination with option "${second}"`;
  return codedError(TypeError, 'ERR_INCOMPATIBLE_OPTION_PAIR', message);
}

/** ERR_FS_INVALID_SYMLINK_TYPE */
export function invalidSymlinkType(type: string): CodedError {
  const message = `Symlink type must be one of "dir", "file", or "junction". Received "${type}"`;
  return codedError(Error, 'ERR_FS_INVALID_SYMLINK_TYPE', message);
}

/** ERR_FS_FILE_TOO_LARGE: more than `readFile` may return at once. */
export function fileTooLarge(sizeBytes: number): CodedError {
  const message = `File size (${sizeBytes}) is greater than 2 GiB`;
  return codedError(RangeError, 'ERR_FS_FILE_TOO_LARGE', message);
}

/** ERR_DIR_CLOSED */
export function dirClosed(): CodedError {
  return codedError(Error, 'ERR_DIR_CLOSED', 'Directory handle was closed');
}

/** ERR_DIR_CONCURRENT_OPERATION */
export function dirConcurrentOperation(): CodedError {
  const message =
    'Cannot do synchronous work on directory handle with concurrent asynchronous operations';
  return codedError(Error, 'ERR_DIR_CONCURRENT_OPERATION', message);
}

/** ERR_INVALID_STATE */
export function invalidState(state: string): CodedError {
  return codedError(Error, 'ERR_INVALID_STATE', `Invalid state: ${state}`);
}

/** ERR_FS_WATCH_QUEUE_OVERFLOW */
export function watchQueueOverflow(max: number): CodedError {
  const message = `fs.watch() queued more than ${max} events`;
  return codedError(Error, 'ERR_FS_WATCH_QUEUE_OVERFLOW', message);
}

/** ERR_METHOD_NOT_IMPLEMENTED: `method` reads like `lchmod()`. */
export function methodNotImplemented(method: string): CodedError {
  const message = `The ${method} method is not implemented`;
  return codedError(Error, 'ERR_METHOD_NOT_IMPLEMENTED', message);
}

/** The errors Node makes in C++ have a `code` but do not show it in their stack. */
export function nativeError(Base: ErrorClass, code: string, message: string): CodedError {
  return Object.assign(new Base(message), { code });
}
