/** What the requests of one serving thread share: the volume, what is known of openings, and the page for replies. */
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import { isDirectory } from '../core/mode.js';
import type { WitnessBoard } from '../core/witness-board.js';
import { blocksOf } from '../fs/stats.js';
import { isAccessDue } from '../ops/access-time.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import type { Desk } from './desk.js';
import type { Openings } from './openings.js';
import type { Positions } from './positions.js';
import type { EntryValues, Page } from './protocol/reply.js';
import type { Caller } from './protocol/request.js';
import type { VolumeAccess } from './volume-access.js';

export interface MountOptions {
  /** How long the kernel may keep names and attributes without asking again, in milliseconds. */
  readonly cacheMs: number;
  readonly isReadOnly: boolean;
  /** The kernel gathers what is written. @defaultValue false */
  readonly writeback?: boolean;
  /** What is written is taken, and committed later. @defaultValue true */
  readonly writeBehind?: boolean;
  /** Whom locks meet; with 'local' the kernel keeps them and asks nobody. @defaultValue 'shared' */
  readonly locks?: 'shared' | 'local';
  /** Whether the time of birth is told. @defaultValue false */
  readonly birthTimes?: boolean;
  /**
   * When reading moves a file's access time: as the option of the same name of mount(8) has it, or never.
   * @defaultValue 'relatime'
   */
  readonly accessTimes?: 'relatime' | 'noatime' | undefined;
}

export interface Session {
  readonly volume: VolumeAccess;
  readonly positions: Positions;
  readonly openings: Openings;
  readonly options: MountOptions;
  readonly desk: Desk;
  /** What the kernel remembers, which is taken back when others change it; see `invalidation.ts`. */
  readonly remembered: WitnessBoard;
  /** Where the reply to the request at hand is written. */
  readonly page: Page;
}

const MS_PER_SEC = 1000;
const NS_PER_MS = 1_000_000;

type AttrValues = Omit<
  EntryValues,
  'nodeid' | 'generation' | 'entryValid' | 'attrValid' | 'entryValidNsec' | 'attrValidNsec'
>;

export interface Validity {
  readonly attrValid: number;
  readonly attrValidNsec: number;
}

/** How long the kernel may keep attributes of an inode that it knows. */
export function validity(session: Session): Validity {
  return validityOf(mayRemember(session) ? session.options.cacheMs : 0);
}

/**
 * The same of an inode of which something is pending: then not at all. Who waits for that is GETATTR, whose
 * answer the kernel takes for newer than this one.
 */
export function settledValidity(session: Session, ino: Ino, whenSettled: Validity): Validity {
  return session.volume.isPending(ino) ? validityOf(0) : whenSettled;
}

function validityOf(ms: number): Validity {
  return { attrValid: Math.floor(ms / MS_PER_SEC), attrValidNsec: (ms % MS_PER_SEC) * NS_PER_MS };
}

/** Whether the kernel may keep what it is told: not while processes write that nobody hears of at once. */
export function mayRemember({ options, remembered }: Session): boolean {
  return options.cacheMs > 0 && !remembered.hasOthers;
}

/**
 * Reads inodes that the kernel is about to be given, and may know for the first time. It may keep them
 * only if no others have committed meanwhile: what it does not know yet cannot be taken back.
 */
export function introduce<T>(
  session: Session,
  read: () => T,
  inodesOf: (found: T) => Iterable<Ino>,
): { readonly found: T; readonly validity: Validity } {
  const { remembered } = session;
  const { mark } = remembered;
  const found = read();
  for (const ino of inodesOf(found)) remembered.note(ino, 1);
  const isCurrent = remembered.isUnchanged(mark);
  return { found, validity: isCurrent ? validity(session) : validityOf(0) };
}

/**
 * An inode under a name. Numbers of inodes are never given out again, so the generation is always 0. One object
 * without spreading others: a listing makes hundreds, and that was half of its time outside of SQLite.
 */
export function entryOf(session: Session, inode: Inode, validity: Validity): EntryValues {
  const settled = settledValidity(session, inode.ino, validity);
  const { chunkSizeBytes } = session.volume;
  return {
    nodeid: inode.ino,
    generation: 0,
    entryValid: validity.attrValid,
    entryValidNsec: validity.attrValidNsec,
    attrValid: settled.attrValid,
    attrValidNsec: settled.attrValidNsec,
    ino: inode.ino,
    size: inode.size,
    blocks: blocksOf(inode, chunkSizeBytes),
    atime: inode.atimeSec,
    mtime: inode.mtimeSec,
    ctime: inode.ctimeSec,
    atimensec: inode.atimeNsec,
    mtimensec: inode.mtimeNsec,
    ctimensec: inode.ctimeNsec,
    mode: inode.mode,
    nlink: inode.nlink,
    uid: inode.uid,
    gid: inode.gid,
    rdev: inode.rdev,
    blksize: chunkSizeBytes,
    flags: 0,
  };
}

/** The same of an inode that the kernel knows: attributes are some of the values of an entry. */
export function attrOf(session: Session, inode: Inode): EntryValues {
  return entryOf(session, inode, validity(session));
}

/** No inode under a name: the kernel may keep that, too. */
export function missingEntry({ attrValid, attrValidNsec }: Validity): EntryValues {
  return {
    ...NO_ATTR,
    nodeid: 0,
    generation: 0,
    entryValid: attrValid,
    entryValidNsec: attrValidNsec,
    attrValid: 0,
    attrValidNsec: 0,
  };
}

/**
 * Whether an inode may be under a name in a directory: a directory is in one place only, or who walks through
 * the tree might never come to an end.
 */
export function isInPlace({ mode, parent: place }: Inode, parent: Ino): boolean {
  return !isDirectory(mode) || place === parent;
}

/** The entry of an inode that `find` reads, or of none. */
export function findEntry(session: Session, find: () => Inode | undefined): EntryValues {
  const { volume } = session;
  const { found, validity } = introduce(
    session,
    () => {
      const first = find();
      if (first === undefined || !volume.isPending(first.ino)) return first;
      volume.settle(first.ino);
      return find();
    },
    (inode) => (inode === undefined ? [] : [inode.ino]),
  );
  return found === undefined ? missingEntry(validity) : entryOf(session, found, validity);
}

const NO_ATTR: AttrValues = {
  ino: 0,
  size: 0,
  blocks: 0,
  atime: 0,
  mtime: 0,
  ctime: 0,
  atimensec: 0,
  mtimensec: 0,
  ctimensec: 0,
  mode: 0,
  nlink: 0,
  uid: 0,
  gid: 0,
  rdev: 0,
  blksize: 0,
  flags: 0,
};

/** Whom a new file belongs to. The kernel has not taken the umask off; see INIT's DONT_MASK. */
export function creatorOf(
  { uid, gid }: Caller,
  mode: number,
  umask: number,
): { mode: number; uid: number; gid: number } {
  return { mode: mode & ~umask, uid, gid };
}

/** The kernel's number of an inode is our own. */
export function inoOf(nodeid: number): Ino {
  return nodeid as Ino;
}

/**
 * The inode of a number that the kernel has from us; ESTALE when it is gone. Numbers are never given out
 * again, so it is not another one. On ESTALE the kernel looks the path up anew.
 */
export function inodeIn(store: Store, nodeid: number): Inode {
  const inode = store.inodes.get(inoOf(nodeid));
  if (inode === undefined) throw errno('ESTALE');
  return inode;
}

/** The same without reading where the last commit tells of it, as that of our own change mostly does. */
export function currentInode(session: Session, nodeid: number): Inode {
  return latestInode(session, nodeid) ?? session.volume.find((store) => inodeIn(store, nodeid));
}

/** Undefined where it has to be read. */
export function latestInode(session: Session, nodeid: number): Inode | undefined {
  return mayRemember(session) ? session.volume.latest(inoOf(nodeid)) : undefined;
}

/** A file was read. */
export function noteAccess({ volume, options }: Session, inode: Inode): void {
  if (options.accessTimes === 'noatime' || options.isReadOnly || volume.isReadOnly) return;
  if (isAccessDue(inode, Math.floor(Date.now() / MS_PER_SEC))) volume.noteAccess(inode.ino);
}
