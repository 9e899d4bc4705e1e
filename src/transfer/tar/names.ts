/** Names in an archive, which may come from a stranger: only such as stay below the target pass. */
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from '../../core/limits.js';
import { describeBytes, isUtf8 } from '../host-names.js';
import type { SkipReason } from '../report.js';

export interface SafeName {
  /** Names on the way down; empty for the target itself. */
  readonly components: readonly string[];
}

export interface UnsafeName {
  readonly reason: SkipReason;
  readonly detail: string;
}

const SLASH = 0x2f;

/** `prefixBytes` is what stands in front of the name in the volume. */
export function safeName(bytes: Buffer, prefixBytes: number): SafeName | UnsafeName {
  if (!isUtf8(bytes)) return unsafe('not-utf8', 'its name is not valid UTF-8');
  if (bytes[0] === SLASH) return unsafe('outside', 'its name is absolute');
  if (bytes.includes(0)) return unsafe('name', 'its name has a NUL in it');
  const components = bytes
    .toString()
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  if (components.includes('..')) return unsafe('outside', "its name leads out through '..'");
  if (components.some((part) => Buffer.byteLength(part) > NAME_BYTES_MAX)) {
    return unsafe('name', `a part of its name is longer than ${NAME_BYTES_MAX} bytes`);
  }
  if (prefixBytes + bytes.length >= PATH_BYTES_MAX) {
    return unsafe('name', `its path is longer than ${PATH_BYTES_MAX - 1} bytes`);
  }
  return { components };
}

function unsafe(reason: SkipReason, detail: string): UnsafeName {
  return { reason, detail };
}

export function isSafe(name: SafeName | UnsafeName): name is SafeName {
  return 'components' in name;
}

/** For messages: the text where it is one. */
export function shownName(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : describeBytes(bytes);
}
