/** lookup symlink mknod mkdir unlink rmdir rename rename2 link create readlink: names and what is behind them. */
import { errno } from '../../core/errno.js';
import { isExclusive } from '../../core/flags.js';
import { isDirectory } from '../../core/mode.js';
import { checkName, isEntryName } from '../../core/path.js';
import type { EntryPlace } from '../../ops/entries.js';
import { checkTarget, readLink } from '../../ops/symlink.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import { FOPEN } from '../protocol/flags.js';
import { encodeBytes, encodeError, encodeStruct, encodeStructs } from '../protocol/reply.js';
import type { Caller, Request } from '../protocol/request.js';
import { ENTRY_OUT, OPEN_OUT } from '../protocol/structs.js';
import {
  creatorOf,
  currentInode,
  findEntry,
  inodeIn,
  inoOf,
  isInPlace,
  latestInode,
  mayRemember,
  noteAccess,
  type Session,
} from '../session.js';

const SYMLINK_BITS = 0o777;
/** Flags of renameat2(2). */
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;

/** A name to be; EILSEQ for one that is not valid UTF-8. */
function newName(names: Request['names'], index: number): string {
  const name = names[index];
  if (name === undefined) throw errno('EILSEQ');
  return name;
}

type Named = Pick<Request, 'nodeid' | 'names'>;

function newPlace({ nodeid, names }: Named, index = 0): EntryPlace {
  return { parent: inoOf(nodeid), name: newName(names, index) };
}

/** A name that is to be there already. No entry has one that is not valid UTF-8. */
function oldPlace({ nodeid, names }: Named, index = 0): EntryPlace {
  const name = names[index];
  if (name === undefined) throw errno('ENOENT');
  return { parent: inoOf(nodeid), name };
}

function checkDirectory({ mode }: Inode): void {
  if (!isDirectory(mode)) throw errno('ENOTDIR');
}

export function lookup(session: Session, request: Request<'lookup'>): number {
  const [name] = request.names;
  // No entry has such a name.
  if (name === undefined) throw errno('ENOENT');
  checkName(name);
  const parent = inoOf(request.nodeid);
  const find = (store: Store): Inode | undefined => {
    const found = isEntryName(name) ? store.dentries.lookup(parent, name) : undefined;
    // Whoever is told that there is no such name must have asked a directory.
    if (found === undefined) checkDirectory(latestInode(session, parent) ?? inodeIn(store, parent));
    if (found !== undefined && !isInPlace(found, parent)) throw errno('EIO');
    return found;
  };
  const entry = findEntry(session, () => session.volume.find(find));
  return encodeStruct(session.page, request.unique, ENTRY_OUT, entry);
}

function replyEntry(session: Session, unique: number, ino: number): number {
  const entry = findEntry(session, () => currentInode(session, ino));
  return encodeStruct(session.page, unique, ENTRY_OUT, entry);
}

export function mknod(session: Session, request: Request<'mknod'>): number {
  const { mode, rdev, umask } = request.args;
  const creator = creatorOf(request.caller, mode, umask);
  const made = session.volume.change('mknodAt', [newPlace(request), creator, rdev]);
  return replyEntry(session, request.unique, made.ino);
}

export function mkdir(session: Session, request: Request<'mkdir'>): number {
  const { mode, umask } = request.args;
  const creator = creatorOf(request.caller, mode, umask);
  const made = session.volume.change('mkdirAt', [newPlace(request), creator]);
  return replyEntry(session, request.unique, made.ino);
}

export function symlink(session: Session, request: Request<'symlink'>): number {
  const target = newName(request.names, 1);
  checkTarget(target);
  const creator = creatorOf(request.caller, SYMLINK_BITS, 0);
  const made = session.volume.change('symlinkAt', [newPlace(request), target, creator]);
  return replyEntry(session, request.unique, made.ino);
}

export function link(session: Session, request: Request<'link'>): number {
  const ino = inoOf(request.args.oldnodeid);
  const linked = session.volume.change('linkAt', [ino, newPlace(request)]);
  return replyEntry(session, request.unique, linked.ino);
}

export function unlink(session: Session, request: Request<'unlink'>): number {
  session.volume.change('unlinkAt', [oldPlace(request)]);
  return encodeError(session.page, request.unique, 0);
}

export function rmdir(session: Session, request: Request<'rmdir'>): number {
  session.volume.change('rmdirAt', [oldPlace(request)]);
  return encodeError(session.page, request.unique, 0);
}

export function rename(session: Session, request: Request<'rename'>): number {
  return move(session, request, request.args.newdir, 0);
}

export function rename2(session: Session, request: Request<'rename2'>): number {
  return move(session, request, request.args.newdir, request.args.flags);
}

function move(
  session: Session,
  request: Request<'rename' | 'rename2'>,
  newdir: number,
  flags: number,
): number {
  const target = { nodeid: newdir, names: request.names };
  const from = oldPlace(request);
  switch (flags) {
    case 0:
    case RENAME_NOREPLACE:
      session.volume.change('renameAt', [from, newPlace(target, 1), flags === 0]);
      break;
    case RENAME_EXCHANGE:
      session.volume.change('exchangeAt', [from, oldPlace(target, 1)]);
      break;
    default:
      throw errno('EINVAL');
  }
  return encodeError(session.page, request.unique, 0);
}

export function readlink(session: Session, request: Request<'readlink'>): number {
  const [inode, target] = session.volume.read((store) => {
    const link = inodeIn(store, request.nodeid);
    return [link, readLink(store, link)];
  });
  noteAccess(session, inode);
  return encodeBytes(session.page, request.unique, Buffer.from(target));
}

export function create(session: Session, request: Request<'create'>): number {
  const { mode, umask } = request.args;
  const made = createFile(session, request, request.caller, mode, umask);
  const fh = session.openings.open();
  const entry = findEntry(session, () => currentInode(session, made));
  const openFlags = mayRemember(session) ? FOPEN.keepCache : 0;
  return encodeStructs(
    session.page,
    request.unique,
    [ENTRY_OUT, entry],
    [OPEN_OUT, { fh, openFlags }],
  );
}

/**
 * The kernel takes the name for free. If it is taken after all, by somebody the kernel has not heard of,
 * ESTALE has it look again and open what is there by its rules, which know who may.
 */
function createFile(
  { volume }: Session,
  request: Request<'create'>,
  caller: Caller,
  mode: number,
  umask: number,
): number {
  try {
    return volume.change('createAt', [newPlace(request), creatorOf(caller, mode, umask)]).ino;
  } catch (error) {
    if (error === errno('EEXIST') && !isExclusive(request.args.flags)) throw errno('ESTALE');
    throw error;
  }
}
