/** The arguments of `open`, in the order Node checks them. */
import { stringToFlags } from './flags.js';
import { parseFileMode } from './mode.js';
import { validatePath } from './path.js';

const DEFAULT_MODE = 0o666;

export interface OpenRequest {
  /** To be decoded by `pathText` once the arguments are known to be right. */
  readonly path: string | Uint8Array;
  /** O_* bits. */
  readonly flags: number;
  readonly mode: number;
}

/** Without flags it opens for reading. */
export function openRequest(path: unknown, flags?: unknown, mode?: unknown): OpenRequest {
  return {
    path: validatePath(path),
    flags: stringToFlags(flags),
    mode: parseFileMode(mode, 'mode', DEFAULT_MODE),
  };
}
