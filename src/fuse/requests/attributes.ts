/** getattr statx setattr access statfs getxattr listxattr setxattr removexattr: what is known of an inode. */
import { constants } from 'node:os';
import type { Timestamp } from '../../core/clock.js';
import { errno } from '../../core/errno.js';
import { NAME_BYTES_MAX } from '../../core/limits.js';
import type { AttributeChanges } from '../../ops/set-attributes.js';
import { getXattr } from '../../ops/xattr.js';
import { SETATTR, STATX_TOLD } from '../protocol/flags.js';
import { BYTES_AT, encodeBytes, encodeError, encodeStruct } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { ATTR_OUT, GETXATTR_OUT, STATFS_OUT, STATX_OUT } from '../protocol/structs.js';
import { attrOf, currentInode, inodeIn, inoOf, type Session } from '../session.js';
import { FREE_INODES } from '../volume-access.js';
import { checkNamespace, isShown, xattrModeOf } from '../xattr-rules.js';

export function getattr(session: Session, { unique, nodeid }: Request<'getattr'>): number {
  session.volume.settle(inoOf(nodeid));
  const inode = currentInode(session, nodeid);
  return encodeStruct(session.page, unique, ATTR_OUT, attrOf(session, inode));
}

/**
 * As GETATTR, and the time of birth. What is asked for in `sxMask` is part of it. Once this is not offered, the
 * kernel takes from LOOKUP what it knows: one request for a `stat`, and not two.
 */
export function statx(session: Session, { unique, nodeid }: Request<'statx'>): number {
  if (session.options.birthTimes !== true) {
    return encodeError(session.page, unique, constants.errno.ENOSYS);
  }
  session.volume.settle(inoOf(nodeid));
  const inode = currentInode(session, nodeid);
  return encodeStruct(session.page, unique, STATX_OUT, {
    ...attrOf(session, inode),
    mask: STATX_TOLD,
    btime: inode.btimeSec,
    btimensec: inode.btimeNsec,
    rdevMajor: (inode.rdev >>> 8) & 0xfff,
    rdevMinor: (inode.rdev & 0xff) | ((inode.rdev >>> 12) & 0xfff00),
  });
}

export function setattr(session: Session, { unique, nodeid, args }: Request<'setattr'>): number {
  session.volume.change('setAttributes', [inoOf(nodeid), changesOf(args)]);
  const inode = currentInode(session, nodeid);
  return encodeStruct(session.page, unique, ATTR_OUT, attrOf(session, inode));
}

function changesOf(args: Request<'setattr'>['args']): AttributeChanges {
  const has = (flag: number): boolean => (args.valid & flag) !== 0;
  return {
    ...(has(SETATTR.mode) && { mode: args.mode }),
    ...(has(SETATTR.uid) && { uid: args.uid }),
    ...(has(SETATTR.gid) && { gid: args.gid }),
    ...(has(SETATTR.size) && { size: args.size, asStranger: has(SETATTR.killSuidgid) }),
    ...(has(SETATTR.atime) && {
      atime: has(SETATTR.atimeNow) ? 'now' : timeOf(args.atime, args.atimensec),
    }),
    ...(has(SETATTR.mtime) && {
      mtime: has(SETATTR.mtimeNow) ? 'now' : timeOf(args.mtime, args.mtimensec),
    }),
    ...(has(SETATTR.ctime) && { ctime: timeOf(args.ctime, args.ctimensec) }),
  };
}

const NS_PER_SEC = 1_000_000_000;

function timeOf(sec: number, nsec: number): Timestamp {
  if (nsec >= NS_PER_SEC) throw errno('EINVAL');
  return { sec, nsec };
}

/** With `default_permissions` the kernel decides; what is asked here is whether there is such a file. */
export function access(session: Session, { unique, nodeid }: Request<'access'>): number {
  session.volume.find((store) => inodeIn(store, nodeid));
  return encodeError(session.page, unique, 0);
}

const STATFS_BLOCK_BYTES = 4096;

export function statfs(session: Session, { unique }: Request<'statfs'>): number {
  const { totalBytes, freeBytes, files } = session.volume.space();
  const bfree = Math.floor(freeBytes / STATFS_BLOCK_BYTES);
  return encodeStruct(session.page, unique, STATFS_OUT, {
    blocks: Math.floor(totalBytes / STATFS_BLOCK_BYTES),
    bfree,
    bavail: bfree,
    files: files + FREE_INODES,
    ffree: FREE_INODES,
    bsize: STATFS_BLOCK_BYTES,
    namelen: NAME_BYTES_MAX,
    frsize: STATFS_BLOCK_BYTES,
  });
}

/** A size of 0 asks how many bytes there are; ERANGE when there are more than asked for. */
function replyValue(session: Session, unique: number, size: number, value: Buffer): number {
  if (size === 0) return encodeStruct(session.page, unique, GETXATTR_OUT, { size: value.length });
  if (value.length > size) throw errno('ERANGE');
  if (value.length > session.page.buffer.length - BYTES_AT) throw errno('E2BIG');
  return encodeBytes(session.page, unique, value);
}

function xattrName(names: Request['names']): string {
  const [name] = names;
  if (name === undefined) throw errno('EILSEQ');
  checkNamespace(name);
  return name;
}

export function getxattr(session: Session, request: Request<'getxattr'>): number {
  const { unique, nodeid, args, names } = request;
  const [name] = names;
  if (name === undefined) throw errno('ENODATA');
  checkNamespace(name);
  // A write takes capabilities away.
  session.volume.settleWrites(inoOf(nodeid));
  const value = session.volume.read((store) => getXattr(store, inodeIn(store, nodeid), name));
  return replyValue(session, unique, args.size, value);
}

export function listxattr(session: Session, request: Request<'listxattr'>): number {
  const { unique, nodeid, args, caller } = request;
  session.volume.settleWrites(inoOf(nodeid));
  const names = session.volume.read((store) => store.xattrs.names(inodeIn(store, nodeid).ino));
  const shown = names.filter((name) => isShown(name, caller.uid));
  const list = Buffer.from(shown.map((name) => `${name}\0`).join(''));
  return replyValue(session, unique, args.size, list);
}

export function setxattr(session: Session, request: Request<'setxattr'>): number {
  const { unique, nodeid, args, names, bytes } = request;
  const mode = xattrModeOf(args.flags);
  session.volume.change('setXattr', [inoOf(nodeid), xattrName(names), mode, false] as never, bytes);
  return encodeError(session.page, unique, 0);
}

export function removexattr(session: Session, request: Request<'removexattr'>): number {
  const { unique, nodeid, names } = request;
  const [name] = names;
  if (name === undefined) throw errno('ENODATA');
  checkNamespace(name);
  session.volume.change('removeXattr', [inoOf(nodeid), name, false]);
  return encodeError(session.page, unique, 0);
}
