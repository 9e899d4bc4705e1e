/** mkdir mknod symlink link unlink rmdir rename readlink: names and what is behind them. */
import { errno } from '../../../core/errno.js';
import { checkTarget, readLink } from '../../../ops/symlink.js';
import { HiddenFiles } from '../hidden-files.js';
import type { NativeSession } from '../native-session.js';
import { checkText, newPlace, oldPlace } from '../places.js';

const SYMLINK_BITS = 0o777;

export async function mkdir(session: NativeSession, path: string, mode: number): Promise<void> {
  await session.change('mkdirAt', [newPlace(session, path), session.creator(mode)]);
}

export async function mknod(
  session: NativeSession,
  path: string,
  mode: number,
  rdev: number,
): Promise<void> {
  await session.change('mknodAt', [newPlace(session, path), session.creator(mode), rdev]);
}

export async function symlink(session: NativeSession, target: string, path: string): Promise<void> {
  checkText(target);
  checkTarget(target);
  const creator = session.creator(SYMLINK_BITS);
  await session.change('symlinkAt', [newPlace(session, path), target, creator]);
}

export async function link(session: NativeSession, from: string, to: string): Promise<void> {
  // What has lost its last name gets no new one.
  if (session.hidden.at(from) !== undefined) throw errno('ENOENT');
  await session.change('linkAt', [session.find(from).ino, newPlace(session, to)]);
}

export async function unlink(session: NativeSession, path: string): Promise<void> {
  // It was removed when libfuse hid it.
  if (session.hidden.forget(path)) return;
  await session.change('unlinkAt', [oldPlace(session, path)]);
}

export async function rmdir(session: NativeSession, path: string): Promise<void> {
  await session.change('rmdirAt', [oldPlace(session, path)]);
}

export async function rename(session: NativeSession, from: string, to: string): Promise<void> {
  const hiddenName = hiddenNameOf(from, to);
  if (hiddenName !== undefined) {
    const { ino } = session.find(from);
    if (session.handles.isOpen(ino)) {
      await session.change('unlinkAt', [oldPlace(session, from)]);
      session.hidden.hide(hiddenName, ino);
      return;
    }
  }
  await session.change('renameAt', [oldPlace(session, from), newPlace(session, to), true]);
}

/** The new name, when libfuse may be about to hide an open file. */
function hiddenNameOf(from: string, to: string): string | undefined {
  const end = to.lastIndexOf('/') + 1;
  const name = to.slice(end);
  return HiddenFiles.isName(name) &&
    from.lastIndexOf('/') + 1 === end &&
    from.startsWith(to.slice(0, end))
    ? name
    : undefined;
}

export function readlink(session: NativeSession, path: string): string {
  const inode = session.find(path);
  const target = session.read((store) => readLink(store, inode));
  session.noteAccess(inode);
  return target;
}
