/** Calls with a callback, and what is to be noticed about the way the callback was called. */
import { deferred } from '../../support/deferred.js';
import type { NodeFs } from '../../support/subject.js';

/**
 * One line for each callback that was called: the function, the kind of the first argument and how
 * many there were, since programs tell `callback(null)` from `callback()`.
 */
export type CallbackLog = string[];

type Callable = (...args: unknown[]) => unknown;

/** Names of the results of functions that give several. */
const RESULTS: Readonly<Record<string, readonly [string, string]>> = {
  read: ['bytesRead', 'buffer'],
  readv: ['bytesRead', 'buffers'],
  write: ['bytesWritten', 'buffer'],
  writev: ['bytesWritten', 'buffers'],
};

/** Appends a callback to `args`; what the function throws is thrown, what it delivers rejects. */
export function callWithCallback(
  face: NodeFs,
  name: string,
  args: readonly unknown[],
  log: CallbackLog,
): Promise<unknown> {
  const { promise, resolve, reject } = deferred<unknown>();
  let hasReturned = false;
  let answers = 0;
  const callback = (...answer: unknown[]): void => {
    answers += 1;
    log.push(lineOf(name, answer, hasReturned, answers));
    const [error, ...values] = answer;
    if (error) reject(error);
    else resolve(resultOf(name, values));
  };
  const returned = functionOf(face, name)(...args, callback);
  hasReturned = true;
  if (returned !== undefined) log.push(`${name} returned a ${typeof returned}`);
  return promise;
}

function lineOf(
  name: string,
  answer: readonly unknown[],
  hasReturned: boolean,
  times: number,
): string {
  const [error] = answer;
  const first = error === null || error === undefined ? String(error) : 'error';
  const when = hasReturned ? '' : ', before the function returned';
  const again = times > 1 ? `, for the ${times}. time` : '';
  return `${name}: ${first}, ${answer.length} arguments${when}${again}`;
}

function resultOf(name: string, values: readonly unknown[]): unknown {
  const names = RESULTS[name.slice(name.lastIndexOf('.') + 1)];
  if (names === undefined) return values[0];
  return { [names[0]]: values[0], [names[1]]: values[1] };
}

/** The function at `name`, which may have a dot, as in `realpath.native`. */
export function functionOf(face: object, name: string): Callable {
  let found: unknown = face;
  for (const part of name.split('.')) found = (found as Readonly<Record<string, unknown>>)?.[part];
  if (typeof found !== 'function') throw new TypeError(`fs.${name} is not a function`);
  return found as Callable;
}
