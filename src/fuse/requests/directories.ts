/**
 * opendir readdir readdirplus releasedir: listing directories. A handle is no number of ours: whichever
 * thread a request comes to, the inode and the position say everything.
 */
import { errno } from '../../core/errno.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { isDirectory, S_IFDIR } from '../../core/mode.js';
import type { Entry } from '../../store/dentry-table.js';
import type { Store } from '../../store/store.js';
import { DOT, DOT_DOT } from '../positions.js';
import { FOPEN } from '../protocol/flags.js';
import {
  BYTES_AT,
  DirectoryReply,
  directoryEntryBytes,
  type EntryValues,
  encodeError,
  encodeStruct,
} from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { OPEN_OUT } from '../protocol/structs.js';
import {
  entryOf,
  holds,
  inodeIn,
  inoOf,
  missingEntry,
  noteAccess,
  type Session,
} from '../session.js';

/** Names that are looked for at once; a usual one takes this many bytes of a reply with its entry. */
const PAGE_ENTRIES_MAX = 256;
const NAME_BYTES_USUAL = 12;

export function opendir(session: Session, { unique, nodeid }: Request<'opendir'>): number {
  const ino = inoOf(nodeid);
  const inode = session.volume.read((store) => inodeIn(store, nodeid));
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  if (holds(session)) session.volume.holdSoon(ino);
  noteAccess(session, inode);
  session.positions.pin(ino);
  return encodeStruct(session.page, unique, OPEN_OUT, {
    fh: 0,
    openFlags: openFlags(session, ino),
  });
}

/** What the kernel has listed it may list again, as long as its positions are known. */
function openFlags({ options, positions }: Session, ino: Ino): number {
  if (options.cacheMs === 0) return 0;
  return positions.remembers(ino) ? FOPEN.cacheDir | FOPEN.keepCache : FOPEN.cacheDir;
}

export function releasedir(session: Session, { unique, nodeid }: Request<'releasedir'>): number {
  const ino = inoOf(nodeid);
  session.positions.unpin(ino);
  if (holds(session)) session.volume.release(ino);
  return encodeError(session.page, unique, 0);
}

export function readdir(session: Session, request: Request<'readdir'>): number {
  return list(session, request, false);
}

export function readdirplus(session: Session, request: Request<'readdirplus'>): number {
  return list(session, request, true);
}

function list(
  session: Session,
  { unique, nodeid, args }: Request<'readdir' | 'readdirplus'>,
  isPlus: boolean,
): number {
  const ino = inoOf(nodeid);
  const { offset, size } = args;
  const after = offset <= DOT_DOT ? '' : session.positions.nameAt(ino, offset);
  // A position of no listing that we know of.
  if (after === undefined) throw errno('EINVAL');
  const room = session.page.buffer.length - BYTES_AT;
  const reply = new DirectoryReply(session.page, Math.min(size, room));
  const withoutEntry = isPlus ? missingEntry(session) : undefined;
  session.volume.read((store) => {
    if (!isDirectory(inodeIn(store, nodeid).mode)) throw errno('ENOTDIR');
    if (offset < DOT && !reply.add(ino, DOT, S_IFDIR, Buffer.from('.'), withoutEntry)) return;
    const parent = offset < DOT_DOT ? parentOf(store, ino) : ino;
    const isFull =
      offset < DOT_DOT && !reply.add(parent, DOT_DOT, S_IFDIR, Buffer.from('..'), withoutEntry);
    if (!isFull) addEntries(session, store, reply, { ino, after, isPlus });
  });
  return reply.finish(unique);
}

function parentOf(store: Store, ino: Ino): Ino {
  return store.inodes.get(ino)?.parent ?? ROOT_INO;
}

interface Stretch {
  readonly ino: Ino;
  /** The name in front of it. */
  readonly after: string;
  readonly isPlus: boolean;
}

/** As many entries as the reply has room for; all of one view, so that none is told that has gone. */
function addEntries(session: Session, store: Store, reply: DirectoryReply, stretch: Stretch): void {
  const { ino, after, isPlus } = stretch;
  const entries = entriesThatFit(store, reply.roomBytes, stretch);
  if (entries.length === 0) return;
  const names = entries.map(({ name }) => name);
  let position = session.positions.tell(ino, after, names);
  for (const entry of entries) {
    const values = isPlus ? entryValuesOf(session, store, entry) : undefined;
    reply.add(entry.ino, position, entry.mode, Buffer.from(entry.name), values);
    position += 1;
  }
}

function entryValuesOf(session: Session, store: Store, { ino }: Entry): EntryValues {
  const inode = store.inodes.get(ino);
  return inode === undefined ? missingEntry(session) : entryOf(session, inode);
}

function entriesThatFit(store: Store, roomBytes: number, { ino, after, isPlus }: Stretch): Entry[] {
  const usual = Math.ceil(roomBytes / directoryEntryBytes(NAME_BYTES_USUAL, isPlus));
  const limit = Math.min(PAGE_ENTRIES_MAX, Math.max(1, usual));
  const fitting: Entry[] = [];
  let left = roomBytes;
  let last = after;
  for (;;) {
    const page = store.dentries.list(ino, last, limit);
    for (const entry of page) {
      left -= directoryEntryBytes(Buffer.byteLength(entry.name), isPlus);
      if (left < 0) return fitting;
      fitting.push(entry);
    }
    if (page.length < limit) return fitting;
    last = (page.at(-1) as Entry).name;
  }
}
