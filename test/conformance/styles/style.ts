/**
 * How a case is spoken to a filesystem: `node:fs` has every function three times, and a case names
 * the function and its arguments only. Whatever the style, the case sees promises; an error that a
 * function throws instead of delivering is thrown through.
 */
import type { FsPromises, NodeFs } from '../../support/subject.js';
import { type CallbackLog, callWithCallback, functionOf } from './callback.js';
import { NumberedHandle } from './numbered-handle.js';
import { StyledDir } from './styled-dir.js';
import { callSync } from './sync.js';

export type Style = 'promises' | 'callback' | 'sync';
export const STYLES: readonly Style[] = ['promises', 'callback', 'sync'];

/** Calls the function `name` of `node:fs` with `args`; the result comes as a promise. */
export type Speak = (name: string, args: readonly unknown[]) => Promise<unknown>;

/** Everything of `node:fs/promises` that has a counterpart of the same name. */
const FUNCTIONS: readonly string[] = (
  'access appendFile chmod chown copyFile cp lchmod lchown link lstat lutimes mkdir mkdtemp open ' +
  'opendir readFile readdir readlink realpath rename rm rmdir stat statfs symlink truncate unlink ' +
  'utimes writeFile'
).split(' ');

/** The functions of `face` in the shape of `node:fs/promises`; `log` gets a line per callback. */
export function inStyle(style: Style, face: NodeFs, log: CallbackLog): FsPromises {
  if (style === 'promises') return face.promises;
  const speak = speakerOf(style, face, log);
  const spoken = FUNCTIONS.map((name) => [name, spokenFunction(style, face, speak, name)]);
  return Object.freeze({ ...Object.fromEntries(spoken), constants: face.constants });
}

/** Calls by name in `style`. */
export function speakerOf(style: Style, face: NodeFs, log: CallbackLog): Speak {
  if (style === 'sync') return (name, args) => callSync(face, name, args);
  if (style === 'callback') return (name, args) => callWithCallback(face, name, args, log);
  return (name, args) => functionOf(face.promises, name)(...args) as Promise<unknown>;
}

function spokenFunction(style: Style, face: NodeFs, speak: Speak, name: string): unknown {
  const call = (...args: unknown[]): Promise<unknown> => speak(name, args.map(descriptorOf));
  switch (name) {
    case 'open':
      return (...args: unknown[]) =>
        call(...args).then((fd) => new NumberedHandle(fd as number, face, speak));
    case 'opendir':
      return (...args: unknown[]) => call(...args).then((dir) => new StyledDir(dir, style));
    default:
      return call;
  }
}

/** A case passes the handle it has; these styles know its number only. */
function descriptorOf(argument: unknown): unknown {
  return argument instanceof NumberedHandle ? argument.fd : argument;
}
