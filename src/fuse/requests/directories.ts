/** opendir readdir readdirplus releasedir: listing directories. */
import { errno } from '../../core/errno.js';
import { isDirectory } from '../../core/mode.js';
import { DirectoryListing } from '../directory-listing.js';
import { FOPEN } from '../protocol/flags.js';
import { BYTES_AT, DirectoryReply, encodeError, encodeStruct } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { OPEN_OUT } from '../protocol/structs.js';
import { entryOf, inodeIn, inoOf, missingEntry, noteAccess, type Session } from '../session.js';

export function opendir(session: Session, { unique, nodeid }: Request<'opendir'>): number {
  const ino = inoOf(nodeid);
  const inode = session.volume.read((store) => inodeIn(store, nodeid));
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  const listing = new DirectoryListing(ino);
  const isHeld = !session.volume.isReadOnly;
  if (isHeld) session.volume.holdSoon(ino);
  noteAccess(session, inode);
  const fh = session.handles.add({ kind: 'directory', ino, listing, isHeld });
  const openFlags = session.options.cacheMs > 0 ? FOPEN.cacheDir | FOPEN.keepCache : 0;
  return encodeStruct(session.page, unique, OPEN_OUT, { fh, openFlags });
}

export function releasedir(session: Session, { unique, args }: Request<'releasedir'>): number {
  const handle = session.handles.remove(args.fh);
  if (handle?.isHeld === true) session.volume.release(handle.ino);
  return encodeError(session.page, unique, 0);
}

export function readdir(session: Session, { unique, args }: Request<'readdir'>): number {
  return list(session, unique, args.fh, args.offset, args.size, false);
}

export function readdirplus(session: Session, { unique, args }: Request<'readdirplus'>): number {
  return list(session, unique, args.fh, args.offset, args.size, true);
}

function list(
  session: Session,
  unique: number,
  fh: number,
  offset: number,
  size: number,
  withEntries: boolean,
): number {
  const { listing } = session.handles.directory(fh);
  const room = session.page.buffer.length - BYTES_AT;
  const reply = new DirectoryReply(session.page, Math.min(size, room));
  session.volume.read((store) => {
    for (const { name, ino, mode, offset: next } of listing.from(store, offset)) {
      const bytes = Buffer.from(name);
      if (!withEntries) {
        if (!reply.add(ino, next, mode, bytes)) return;
        continue;
      }
      // The kernel counts a lookup for every entry that has a node; for the dots it must not.
      const isDot = name === '.' || name === '..';
      const inode = isDot ? undefined : store.inodes.get(ino);
      const entry = inode === undefined ? missingEntry(session) : entryOf(session, inode);
      if (!reply.add(ino, next, mode, bytes, entry)) return;
    }
  });
  return reply.finish(unique);
}
