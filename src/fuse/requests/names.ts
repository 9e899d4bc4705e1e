/** lookup symlink mknod mkdir unlink rmdir rename rename2 link create readlink: names and what is behind them. */
import { errno } from '../../core/errno.js';
import { appends } from '../../core/flags.js';
import { checkName, isEntryName } from '../../core/path.js';
import type { EntryPlace } from '../../ops/entries.js';
import { readLink } from '../../ops/symlink.js';
import type { Inode } from '../../store/inode-table.js';
import { FOPEN } from '../protocol/flags.js';
import { encodeBytes, encodeError, encodeStruct, encodeStructs } from '../protocol/reply.js';
import type { Caller, Request } from '../protocol/request.js';
import { ENTRY_OUT, OPEN_OUT } from '../protocol/structs.js';
import { creatorOf, entryOf, inoOf, missingEntry, type Session } from '../session.js';

const SYMLINK_BITS = 0o777;
/** Flags of renameat2(2). */
const RENAME_NOREPLACE = 1;

/** The name of a request; EILSEQ for one that is not valid UTF-8. */
function nameOf(names: Request['names'], index: number): string {
  const name = names[index];
  if (name === undefined) throw errno('EILSEQ');
  return name;
}

function placeOf({ nodeid, names }: Pick<Request, 'nodeid' | 'names'>, index = 0): EntryPlace {
  return { parent: inoOf(nodeid), name: nameOf(names, index) };
}

export function lookup(session: Session, request: Request<'lookup'>): number {
  const [name] = request.names;
  // No entry has such a name.
  if (name === undefined) throw errno('ENOENT');
  checkName(name);
  const parent = inoOf(request.nodeid);
  const inode = session.volume.read((store) =>
    isEntryName(name) ? store.dentries.lookup(parent, name) : undefined,
  );
  const entry = inode === undefined ? missingEntry(session) : entryOf(session, inode);
  return encodeStruct(session.page, request.unique, ENTRY_OUT, entry);
}

/** The inode as it is after a change. */
function inodeOf({ volume }: Session, ino: number): Inode {
  const inode = volume.read((store) => store.inodes.get(inoOf(ino)));
  if (inode === undefined) throw errno('ENOENT');
  return inode;
}

function replyEntry(session: Session, unique: number, ino: number): number {
  const entry = entryOf(session, inodeOf(session, ino));
  return encodeStruct(session.page, unique, ENTRY_OUT, entry);
}

export function mknod(session: Session, request: Request<'mknod'>): number {
  const { mode, rdev, umask } = request.args;
  const creator = creatorOf(request.caller, mode, umask);
  const made = session.volume.change('mknodAt', [placeOf(request), creator, rdev]);
  return replyEntry(session, request.unique, made.ino);
}

export function mkdir(session: Session, request: Request<'mkdir'>): number {
  const { mode, umask } = request.args;
  const creator = creatorOf(request.caller, mode, umask);
  const made = session.volume.change('mkdirAt', [placeOf(request), creator]);
  return replyEntry(session, request.unique, made.ino);
}

export function symlink(session: Session, request: Request<'symlink'>): number {
  const target = nameOf(request.names, 1);
  const creator = creatorOf(request.caller, SYMLINK_BITS, 0);
  const made = session.volume.change('symlinkAt', [placeOf(request), target, creator]);
  return replyEntry(session, request.unique, made.ino);
}

export function link(session: Session, request: Request<'link'>): number {
  const ino = inoOf(request.args.oldnodeid);
  const linked = session.volume.change('linkAt', [ino, placeOf(request)]);
  return replyEntry(session, request.unique, linked.ino);
}

export function unlink(session: Session, request: Request<'unlink'>): number {
  session.volume.change('unlinkAt', [placeOf(request)]);
  return encodeError(session.page, request.unique, 0);
}

export function rmdir(session: Session, request: Request<'rmdir'>): number {
  session.volume.change('rmdirAt', [placeOf(request)]);
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
  if ((flags & ~RENAME_NOREPLACE) !== 0) throw errno('EINVAL');
  const from = placeOf(request);
  const to = placeOf({ nodeid: newdir, names: request.names }, 1);
  session.volume.change('renameAt', [from, to, (flags & RENAME_NOREPLACE) === 0]);
  return encodeError(session.page, request.unique, 0);
}

export function readlink(session: Session, request: Request<'readlink'>): number {
  const target = session.volume.read((store) => {
    const inode = store.inodes.get(inoOf(request.nodeid));
    if (inode === undefined) throw errno('ENOENT');
    return readLink(store, inode);
  });
  return encodeBytes(session.page, request.unique, Buffer.from(target));
}

export function create(session: Session, request: Request<'create'>): number {
  const { flags, mode, umask } = request.args;
  const made = createFile(session, request, request.caller, mode, umask);
  const entry = entryOf(session, inodeOf(session, made));
  const openFlags = appends(flags) ? 0 : FOPEN.keepCache;
  return encodeStructs(
    session.page,
    request.unique,
    [ENTRY_OUT, entry],
    [OPEN_OUT, { fh: 0, openFlags }],
  );
}

function createFile(
  { volume }: Session,
  request: Request<'create'>,
  caller: Caller,
  mode: number,
  umask: number,
): number {
  return volume.change('createAt', [placeOf(request), creatorOf(caller, mode, umask)]).ino;
}
