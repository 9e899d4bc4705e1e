/** open create read write truncate ftruncate flush fsync fsyncdir release: the bytes of files. */
import { errno } from '../../../core/errno.js';
import { appends, mayWrite } from '../../../core/flags.js';
import { isDirectory } from '../../../core/mode.js';
import { withinLimit } from '../../write-limit.js';
import type { NativeSession } from '../native-session.js';
import { newPlace } from '../places.js';

/** The file is kept for as long as it is open, whatever happens to its names. */
export function open(session: NativeSession, path: string, flags: number): number {
  const { handles } = session;
  if (mayWrite(flags) && session.isReadOnly) throw errno('EROFS');
  handles.checkRoom();
  const { ino } = session.find(path);
  session.hold(ino);
  return handles.open(ino, appends(flags));
}

/**
 * The kernel takes the name for free. If it is taken after all, by somebody the kernel has not heard of,
 * ESTALE has it look again: then it opens what is there, or finds that it must not.
 */
export async function create(session: NativeSession, path: string, mode: number): Promise<number> {
  session.handles.checkRoom();
  const place = newPlace(session, path);
  try {
    const { ino } = await session.change('createAt', [place, session.creator(mode)]);
    return session.handles.open(ino, false);
  } catch (error) {
    throw error === errno('EEXIST') ? errno('ESTALE') : error;
  }
}

/** Fills `target`, which is libfuse's memory; returns how many bytes there were. */
export function read(
  session: NativeSession,
  handle: number,
  target: Buffer,
  offset: number,
): number {
  const file = session.handles.get(handle);
  let count = 0;
  const inode = session.read((store) => {
    const found = store.inodes.get(file.ino);
    if (found === undefined) throw errno('ESTALE');
    if (isDirectory(found.mode)) throw errno('EISDIR');
    count = store.content.readInto(found, offset, target);
    return found;
  });
  if (!file.wasRead) session.noteAccess(inode);
  file.wasRead = true;
  return count;
}

/** The bytes are libfuse's, and stay as they are until it is answered. */
export async function write(
  session: NativeSession,
  handle: number,
  bytes: Buffer,
  offset: number,
): Promise<number> {
  const file = session.handles.get(handle);
  const data = file.appends ? bytes : withinLimit(offset, bytes);
  await session.change('writeAt', [file.ino, file.appends ? null : offset, false], data);
  return data.length;
}

export async function truncate(session: NativeSession, path: string, size: number): Promise<void> {
  await session.change('setAttributes', [session.find(path).ino, { size }]);
}

export async function ftruncate(
  session: NativeSession,
  handle: number,
  size: number,
): Promise<void> {
  await session.change('setAttributes', [session.handles.get(handle).ino, { size }]);
}

/** A real barrier, whatever the volume's durability is. */
export async function fsync(session: NativeSession): Promise<void> {
  await session.sync();
}

export function release(session: NativeSession, handle: number): void {
  const { ino } = session.handles.close(handle);
  session.release(ino);
}
