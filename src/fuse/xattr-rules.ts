/** Extended attributes that mounts have, by name and by the flags of setxattr(2). */
import { errno } from '../core/errno.js';
import type { XattrMode } from '../ops/xattr.js';

/**
 * Namespace whose attributes mean something to the system, access control lists above all: nobody would
 * enforce them, so there are none.
 */
export const REFUSED_NAMESPACE = 'system.';

/** Namespaces whose names have something behind the dot. */
const NAMESPACES = /^(user|trusted|security)\.$/;

export function checkNamespace(name: string): void {
  if (NAMESPACES.test(name)) throw errno('EINVAL');
  if (name.startsWith(REFUSED_NAMESPACE)) throw errno('ENOTSUP');
}

/** Flags of setxattr(2). */
const XATTR_CREATE = 1;
const XATTR_REPLACE = 2;

export function xattrModeOf(flags: number): XattrMode {
  if ((flags & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0) throw errno('EINVAL');
  if (flags === (XATTR_CREATE | XATTR_REPLACE)) return 'neither';
  if ((flags & XATTR_CREATE) !== 0) return 'create';
  return (flags & XATTR_REPLACE) !== 0 ? 'replace' : 'either';
}
