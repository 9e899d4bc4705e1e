/** getattr fgetattr access chmod chown utimens statfs and extended attributes, by path. */
import type { Timestamp } from '../../../core/clock.js';
import { errno } from '../../../core/errno.js';
import type { Ino } from '../../../core/ino.js';
import { NAME_BYTES_MAX } from '../../../core/limits.js';
import { S_IFMT } from '../../../core/mode.js';
import { getXattr } from '../../../ops/xattr.js';
import type { Inode } from '../../../store/inode-table.js';
import { FREE_INODES } from '../../volume-access.js';
import { checkNamespace, isShown, xattrModeOf } from '../../xattr-rules.js';
import { encodeStat, encodeStatfs, STAT_CELLS } from '../arrays.js';
import type { NativeSession } from '../native-session.js';
import { checkText } from '../places.js';

type Attributes = Uint32Array | Promise<Uint32Array>;

export function getattr(session: NativeSession, path: string): Attributes {
  return attributesOf(session, session.find(path), path);
}

/** Of an open file, which may have lost its name. */
export function fgetattr(session: NativeSession, path: string, handle: number): Attributes {
  const file = session.handles.find(handle);
  if (file === undefined) return getattr(session, path);
  return attributesOf(session, session.get(file.ino), path);
}

function attributesOf(session: NativeSession, inode: Inode, path: string): Attributes {
  const isHidden = session.hidden.at(path) !== undefined;
  const moving = session.accessUnderWay(inode.ino);
  if (moving === undefined) return encode(session, isHidden ? asHidden(inode) : inode);
  const cells = new Uint32Array(STAT_CELLS);
  const { chunkSizeBytes } = session;
  return moving.then(() => {
    const moved = session.get(inode.ino);
    return encodeStat(cells, isHidden ? asHidden(moved) : moved, chunkSizeBytes);
  });
}

/** libfuse counts the hidden name, which is none here, and takes it off. */
function asHidden(inode: Inode): Inode {
  return inode.nlink === 0 ? inode : { ...inode, nlink: inode.nlink + 1 };
}

/** Taken over before the next request is answered, so one is enough: a new one costs a millionth of a second. */
const CELLS = new Uint32Array(STAT_CELLS);

function encode({ chunkSizeBytes }: NativeSession, inode: Inode): Uint32Array {
  return encodeStat(CELLS, inode, chunkSizeBytes);
}

/** With `default_permissions` the kernel decides; what is asked here is whether there is such a file. */
export function access(session: NativeSession, path: string): void {
  session.find(path);
}

export async function chmod(session: NativeSession, path: string, mode: number): Promise<void> {
  await session.change('setAttributes', [session.find(path).ino, { mode: mode & ~S_IFMT }]);
}

/** How chown(2) says that an owner or a group is to stay. */
const UNCHANGED = 2 ** 32 - 1;

export async function chown(
  session: NativeSession,
  path: string,
  uid: number,
  gid: number,
): Promise<void> {
  await session.change('setAttributes', [
    session.find(path).ino,
    { ...(uid !== UNCHANGED && { uid }), ...(gid !== UNCHANGED && { gid }) },
  ]);
}

/** fuse-native gives the access time twice: the modification time does not come here. */
export async function utimens(
  session: NativeSession,
  path: string,
  atimeMs: number,
  mtimeMs: number,
): Promise<void> {
  const times = { atime: timestampOf(atimeMs), mtime: timestampOf(mtimeMs) };
  await session.change('setAttributes', [session.find(path).ino, times]);
}

const MS_PER_SEC = 1000;
const NS_PER_MS = 1_000_000;

function timestampOf(ms: number): Timestamp {
  const sec = Math.floor(ms / MS_PER_SEC);
  return { sec, nsec: (ms - sec * MS_PER_SEC) * NS_PER_MS };
}

export function statfs(session: NativeSession): Uint32Array {
  const space = session.space();
  return encodeStatfs({ ...space, freeFiles: FREE_INODES, nameBytesMax: NAME_BYTES_MAX });
}

export async function setxattr(
  session: NativeSession,
  path: string,
  { name, value, flags }: { readonly name: string; readonly value: Buffer; readonly flags: number },
): Promise<void> {
  const mode = xattrModeOf(flags);
  checkText(name);
  checkNamespace(name);
  const { ino } = session.find(path);
  await session.change('setXattr', [ino, name, mode, false] as never, value);
}

export function getxattr(
  session: NativeSession,
  path: string,
  name: string,
  target: Buffer,
): number {
  checkNamespace(name);
  const inode = session.find(path);
  return fill(
    target,
    session.read((store) => getXattr(store, inode, name)),
  );
}

export function listxattr(session: NativeSession, path: string, target: Buffer): number {
  const { ino } = session.find(path);
  const names = session.read((store) => store.xattrs.names(ino as Ino));
  // Nobody says who asks: it is taken for who mounted.
  const uid = process.getuid?.() ?? 0;
  const shown = names.filter((name) => isShown(name, uid));
  return fill(target, Buffer.from(shown.map((name) => `${name}\0`).join('')));
}

/** A buffer of 0 bytes asks how many there are; ERANGE when there are more than it has room for. */
function fill(target: Buffer, value: Buffer): number {
  if (target.length === 0) return value.length;
  if (value.length > target.length) throw errno('ERANGE');
  return value.copy(target);
}

export async function removexattr(
  session: NativeSession,
  path: string,
  name: string,
): Promise<void> {
  checkNamespace(name);
  await session.change('removeXattr', [session.find(path).ino, name, false]);
}
