/** Extended attributes that mounts have, by name and by the flags of setxattr(2). */
import { errno } from '../core/errno.js';
import type { XattrMode } from '../ops/xattr.js';

/**
 * The namespaces that Linux has, but for `system.`, whose attributes mean something to the system, access
 * control lists above all: nobody would enforce them, so there are none.
 */
const NAMESPACES = /^(user|trusted|security)\./;
/** Names in it are told to root alone. */
const TRUSTED_NAMESPACE = 'trusted.';

export function checkNamespace(name: string): void {
  const [namespace] = NAMESPACES.exec(name) ?? [];
  if (namespace === undefined) throw errno('ENOTSUP');
  // Names have something behind the dot.
  if (namespace === name) throw errno('EINVAL');
}

/** Whether a list of names has it, for who asks. */
export function isShown(name: string, uid: number): boolean {
  return NAMESPACES.test(name) && (uid === 0 || !name.startsWith(TRUSTED_NAMESPACE));
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
