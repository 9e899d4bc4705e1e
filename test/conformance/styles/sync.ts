/** Calls of the functions that end in `Sync`. */
import type { NodeFs } from '../../support/subject.js';
import { functionOf } from './callback.js';

const COUNTED: Readonly<Record<string, readonly [string, string]>> = {
  read: ['bytesRead', 'buffer'],
  readv: ['bytesRead', 'buffers'],
  write: ['bytesWritten', 'buffer'],
  writev: ['bytesWritten', 'buffers'],
};

/** Throws what the function throws; its result comes as a promise, as in the other styles. */
export function callSync(face: NodeFs, name: string, args: readonly unknown[]): Promise<unknown> {
  const call = functionOf(
    face,
    name.replace(/^[a-z]+/i, (first) => `${first}Sync`),
  );
  return Promise.resolve(resultOf(name, call(...args), args));
}

/** Sync functions give the count only; the buffer, the first argument after the descriptor, fills. */
function resultOf(name: string, value: unknown, args: readonly unknown[]): unknown {
  const names = COUNTED[name];
  if (names === undefined) return value;
  return { [names[0]]: value, [names[1]]: args[1] };
}
