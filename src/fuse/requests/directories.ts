/**
 * opendir readdir readdirplus releasedir: listing directories. A handle is no number of ours: whichever
 * thread a request comes to, the inode and the position say everything.
 */
import { errno } from '../../core/errno.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { isDirectory, S_IFDIR } from '../../core/mode.js';
import type { Entry, InodeEntry } from '../../store/dentry-table.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import { DOT, DOT_DOT } from '../positions.js';
import { FOPEN } from '../protocol/flags.js';
import {
  BYTES_AT,
  DirectoryReply,
  directoryEntryBytes,
  type EntryValues,
  encodeError,
  encodeFilled,
  encodeStruct,
} from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { OPEN_OUT } from '../protocol/structs.js';
import {
  entryOf,
  inodeIn,
  inoOf,
  introduce,
  isInPlace,
  mayRemember,
  missingEntry,
  noteAccess,
  type Session,
  type Validity,
} from '../session.js';

/** Names that are looked for at once; a usual one takes this many bytes of a reply with its entry. */
const PAGE_ENTRIES_MAX = 256;
const NAME_BYTES_USUAL = 12;
/** In front of all others; their positions are 1 and 2. */
const DOTS = ['.', '..'];

export function opendir(session: Session, { unique, nodeid }: Request<'opendir'>): number {
  const ino = inoOf(nodeid);
  const inode = session.volume.open(ino);
  if (inode === undefined) throw errno('ESTALE');
  if (!isDirectory(inode.mode)) {
    session.volume.release(ino);
    throw errno('ENOTDIR');
  }
  session.positions.pin(ino);
  return encodeStruct(session.page, unique, OPEN_OUT, {
    fh: 0,
    openFlags: openFlags(session, ino),
  });
}

/** What the kernel has listed it may list again, as long as its positions are known. */
function openFlags(session: Session, ino: Ino): number {
  if (!mayRemember(session)) return 0;
  const { positions } = session;
  return positions.remembers(ino) ? FOPEN.cacheDir | FOPEN.keepCache : FOPEN.cacheDir;
}

export function releasedir(session: Session, { unique, nodeid }: Request<'releasedir'>): number {
  const ino = inoOf(nodeid);
  session.positions.unpin(ino);
  session.volume.release(ino);
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
  const mark = mayRemember(session) ? session.volume.mark : undefined;
  if (mark !== undefined && session.positions.isEnd(offset, mark)) {
    return encodeFilled(session.page, unique, 0);
  }
  const after = offset <= DOT_DOT ? '' : session.positions.nameAt(ino, offset);
  // A position of no listing that we know of.
  if (after === undefined) throw errno('EINVAL');
  const room = session.page.buffer.length - BYTES_AT;
  const reply = new DirectoryReply(session.page, Math.min(size, room));
  const { found, validity } = introduce(
    session,
    () => listSettled(session, reply.roomBytes, { nodeid, offset, after, isPlus }),
    ({ entries }) => entries.filter((entry) => isIntroduced(entry, ino)).map((entry) => entry.ino),
  );
  // Opening a directory is no access to it.
  if (offset < DOT) noteAccess(session, found.directory);
  const dots = { '.': ino, '..': found.directory.parent ?? ROOT_INO };
  addDots(reply, dots, offset, isPlus ? missingEntry(validity) : undefined);
  const first = session.positions.tell(ino, after, found.names);
  addEntries(session, reply, found, validity, first);
  if (found.isToEnd && mark !== undefined) {
    session.positions.noteEnd(first + found.names.length - 1, mark);
  }
  return reply.finish(unique);
}

/** The kernel takes no entry of `.` and `..`, also where it asks for entries. */
function addDots(
  reply: DirectoryReply,
  dots: Readonly<Record<'.' | '..', Ino>>,
  offset: number,
  entry: EntryValues | undefined,
): void {
  if (offset < DOT) reply.add(dots['.'], DOT, S_IFDIR, Buffer.from('.'), entry);
  if (offset < DOT_DOT) reply.add(dots['..'], DOT_DOT, S_IFDIR, Buffer.from('..'), entry);
}

function addEntries(
  session: Session,
  reply: DirectoryReply,
  { directory, entries }: Listing,
  validity: Validity,
  first: number,
): void {
  for (const [index, entry] of entries.entries()) {
    const values = isPlusEntry(entry)
      ? entryValuesOf(session, entry.inode, directory, validity)
      : undefined;
    reply.add(entry.ino, first + index, entry.mode, Buffer.from(entry.name), values);
  }
}

function isPlusEntry(entry: Entry | InodeEntry): entry is InodeEntry {
  return 'inode' in entry;
}

/** Whether the kernel is told of the inode, and not of the name alone. */
function isIntroduced(entry: Entry | InodeEntry, directory: Ino): boolean {
  return isPlusEntry(entry) && isInPlace(entry.inode, directory);
}

/** A lookup will say what is wrong with a directory that is not in its place. */
function entryValuesOf(
  session: Session,
  inode: Inode,
  directory: Inode,
  validity: Validity,
): EntryValues {
  return isInPlace(inode, directory.ino)
    ? entryOf(session, inode, validity)
    : missingEntry(validity);
}

interface Stretch {
  readonly nodeid: number;
  readonly offset: number;
  /** The name in front of it. */
  readonly after: string;
  readonly isPlus: boolean;
}

interface Listing {
  readonly directory: Inode;
  /** As many as there is room for; all of one view, so that none is told that has gone. */
  readonly entries: readonly (Entry | InodeEntry)[];
  readonly names: readonly string[];
  /** Whether they are some, and the last. */
  readonly isToEnd: boolean;
}

/** Sizes and times are those of what programs had written when this was asked for. */
function listSettled({ volume }: Session, roomBytes: number, stretch: Stretch): Listing {
  const list = (): Listing => volume.read((store) => readListing(store, roomBytes, stretch));
  const found = list();
  if (!stretch.isPlus || !found.entries.some(({ ino }) => volume.isPending(ino))) return found;
  volume.settleAll();
  return list();
}

function readListing(store: Store, roomBytes: number, stretch: Stretch): Listing {
  const { nodeid, offset, isPlus } = stretch;
  const directory = inodeIn(store, nodeid);
  if (!isDirectory(directory.mode)) throw errno('ENOTDIR');
  const dotBytes = DOTS.slice(offset)
    .map((name) => directoryEntryBytes(name.length, isPlus))
    .reduce((sum, bytes) => sum + bytes, 0);
  const { entries, isToEnd } = entriesThatFit(store, roomBytes - dotBytes, stretch);
  return { directory, entries, names: entries.map(({ name }) => name), isToEnd };
}

function entriesThatFit(
  store: Store,
  roomBytes: number,
  { nodeid, after, isPlus }: Stretch,
): Pick<Listing, 'entries' | 'isToEnd'> {
  const ino = inoOf(nodeid);
  const usual = Math.ceil(roomBytes / directoryEntryBytes(NAME_BYTES_USUAL, isPlus));
  const limit = Math.min(PAGE_ENTRIES_MAX, Math.max(1, usual));
  const fitting: (Entry | InodeEntry)[] = [];
  let left = roomBytes;
  let last = after;
  for (;;) {
    const page = isPlus
      ? store.dentries.listInodes(ino, last, limit)
      : store.dentries.list(ino, last, limit);
    for (const entry of page) {
      left -= directoryEntryBytes(Buffer.byteLength(entry.name), isPlus);
      if (left < 0) return { entries: fitting, isToEnd: false };
      fitting.push(entry);
    }
    if (page.length < limit) return { entries: fitting, isToEnd: fitting.length > 0 };
    last = (page.at(-1) as Entry).name;
  }
}
