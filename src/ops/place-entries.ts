/**
 * Placing many entries with all of their attributes: what importing a tree consists of.
 *
 * Paths here are walked without following any symbolic link, so that an archive cannot lead the import
 * to another place through a link that it brought along or that was there before.
 *
 * A directory that received entries keeps its modification time when this import placed it (its ctime
 * says so); otherwise the time becomes now, as with any new name.
 */
import type { Timestamp } from '../core/clock.js';
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import {
  isDirectory,
  isRegular,
  isSymlink,
  MODE_BITS,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../core/mode.js';
import { checkName, isEntryName } from '../core/path.js';
import { type Inode, setTime } from '../store/inode-table.js';
import type { Changed, OpContext } from './context.js';
import { findWithoutLinks } from './find-without-links.js';
import { unlink } from './remove.js';
import { checkTarget } from './symlink.js';

/** One entry, as a tuple because many cross to the writer's thread at once. */
export type PlacedRow = readonly [
  name: string,
  /** Type and permission bits, exactly as they are to be. */
  mode: number,
  uid: number,
  gid: number,
  mtime: Timestamp,
  atime: Timestamp,
  /** How many of the bytes that come with the command are this file's; they follow each other. */
  contentBytes: number,
  details: PlacedDetails | null,
];

export interface PlacedDetails {
  /** Devices. */
  readonly rdev?: number | undefined;
  /** Symbolic links: where they point. */
  readonly target?: string | undefined;
  /** Regular files: size in bytes when what is behind the content is a hole. */
  readonly size?: number | undefined;
  readonly xattrs?: readonly (readonly [name: string, value: Uint8Array])[] | undefined;
  /** Regular files: the nameless file that is to get this name; see `createNameless`. */
  readonly nameless?: NamelessContent | undefined;
  /** Another name of the file at this path; everything else in the row is ignored. */
  readonly linkTo?: string | undefined;
  /** Directories: leave one that exists as it is. */
  readonly onlyIfMissing?: boolean | undefined;
}

/** A file that was filled before it gets its name. */
export interface NamelessContent {
  readonly ino: Ino;
  /** Commands that filled it: had one of them failed, the file must not get its name. */
  readonly changes: number;
}

/** Entries of one directory, which must exist when they are placed. */
export interface PlacedGroup {
  readonly directory: string;
  readonly rows: readonly PlacedRow[];
}

export interface PlaceOrder {
  readonly groups: readonly PlacedGroup[];
  /** When the import began: what changed later is its own work. */
  readonly since: Timestamp;
  /** Replace what is in the way, except directories. */
  readonly overwrite: boolean;
}

export interface Refused {
  readonly path: string;
  /** `exists`: something else has the name; `missing`: no such directory, or no file to link to. */
  readonly why: 'exists' | 'missing';
}

export interface PlacedEntries {
  /** Entries that were not placed; all others were. */
  readonly refused: readonly Refused[];
}

/** The bytes of a command, handed out in the order of its rows. */
class ContentCursor {
  readonly #data: Uint8Array;
  #offset = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  take(length: number): Uint8Array {
    const start = this.#offset;
    this.#offset += length;
    if (this.#offset > this.#data.length) throw errno('EINVAL');
    return this.#data.subarray(start, this.#offset);
  }
}

/** A directory that is being filled. */
interface Filling {
  readonly ino: Ino;
  readonly path: string;
  /** Whether an entry was added. */
  changed: boolean;
  subdirectories: number;
}

/** Places all groups in order; rows that cannot be placed are refused without harm to the others. */
export function placeEntries(
  ctx: OpContext,
  { groups, since, overwrite }: PlaceOrder,
  data: Uint8Array,
): PlacedEntries {
  const refused: Refused[] = [];
  const content = new ContentCursor(data);
  for (const { directory, rows } of groups) {
    const inode = findWithoutLinks(ctx.store, directory);
    if (inode !== undefined && isDirectory(inode.mode)) {
      fill(ctx, inode, { directory, rows }, { content, overwrite, since, refused });
      continue;
    }
    for (const [name, , , , , , contentBytes] of rows) {
      content.take(contentBytes);
      refused.push({ path: join(directory, name), why: 'missing' });
    }
  }
  return { refused };
}

interface Filler {
  readonly content: ContentCursor;
  readonly overwrite: boolean;
  readonly since: Timestamp;
  readonly refused: Refused[];
}

function fill(ctx: OpContext, inode: Inode, group: PlacedGroup, filler: Filler): void {
  const before: Timestamp = { sec: inode.mtimeSec, nsec: inode.mtimeNsec };
  const isOurs = !isBefore({ sec: inode.ctimeSec, nsec: inode.ctimeNsec }, filler.since);
  const at: Filling = {
    ino: inode.ino,
    path: group.directory,
    changed: false,
    subdirectories: 0,
  };
  for (const row of group.rows) {
    const data = filler.content.take(row[6]);
    const why = placeRow(ctx, at, row, data, filler.overwrite);
    if (why !== undefined) filler.refused.push({ path: join(at.path, row[0]), why });
  }
  if (at.changed) touch(ctx, at, isOurs ? before : ctx.now);
}

function touch(ctx: OpContext, at: Filling, mtime: Timestamp): void {
  const inode = ctx.store.inodes.get(at.ino);
  if (inode === undefined) throw errno('EIO');
  inode.nlink += at.subdirectories;
  setTime(inode, 'mtime', mtime);
  setTime(inode, 'ctime', ctx.now);
  ctx.store.inodes.save(inode);
}

function placeRow(
  ctx: OpContext,
  at: Filling,
  row: PlacedRow,
  data: Uint8Array,
  overwrite: boolean,
): Refused['why'] | undefined {
  const [name, mode, , , , , , details] = row;
  if (!isEntryName(name)) throw errno('EINVAL');
  checkName(name);
  const linked = details?.linkTo === undefined ? null : linkSource(ctx, details.linkTo);
  if (linked === undefined) return 'missing';
  const existing = ctx.store.dentries.lookup(at.ino, name);
  if (existing !== undefined) {
    if (existing.ino === linked?.ino) return undefined;
    if (isDirectory(existing.mode)) return placeOnDirectory(ctx, existing, row);
    if (!overwrite) return 'exists';
    unlink(ctx, at.ino, name, existing);
  }
  at.changed = true;
  if (linked !== null) addName(ctx, at.ino, name, linked);
  else if ((mode & S_IFMT) === S_IFDIR) placeDirectory(ctx, at, row);
  else placeFile(ctx, at.ino, row, data);
  return undefined;
}

/** A directory is never replaced by something else; another directory is merged into it. */
function placeOnDirectory(
  ctx: OpContext,
  existing: Inode,
  row: PlacedRow,
): Refused['why'] | undefined {
  const [, mode, , , , , , details] = row;
  if (details?.linkTo !== undefined || (mode & S_IFMT) !== S_IFDIR) return 'exists';
  if (details?.onlyIfMissing === true) return undefined;
  applyRow(ctx, existing, row);
  ctx.store.inodes.save(existing);
  addXattrs(ctx, existing.ino, row);
  ctx.emit({ type: 'attributes', ino: existing.ino, version: existing.version });
  return undefined;
}

/** Sets everything but the size, as the row says. */
function applyRow(ctx: OpContext, inode: Inode, [, mode, uid, gid, mtime, atime]: PlacedRow): void {
  inode.mode = (inode.mode & S_IFMT) | (mode & MODE_BITS);
  inode.uid = uid;
  inode.gid = gid;
  setTime(inode, 'mtime', mtime);
  setTime(inode, 'atime', atime);
  setTime(inode, 'ctime', ctx.now);
}

function addXattrs(ctx: OpContext, ino: Ino, row: PlacedRow): void {
  for (const [name, value] of row[7]?.xattrs ?? []) ctx.store.xattrs.set(ino, name, value);
}

function addDentry(
  ctx: OpContext,
  parent: Ino,
  name: string,
  { ino, version }: Changed,
  isDirectory: boolean,
): void {
  ctx.store.dentries.insert(parent, name, ino);
  ctx.emit({ type: 'create', ino, parent, name, version, isDirectory });
}

function addName(ctx: OpContext, parent: Ino, name: string, inode: Inode): void {
  inode.nlink += 1;
  setTime(inode, 'ctime', ctx.now);
  ctx.store.inodes.save(inode);
  addDentry(ctx, parent, name, inode, false);
}

/** `null` would be no link at all; `undefined`: there is nothing that a link can name. */
function linkSource(ctx: OpContext, path: string): Inode | undefined {
  const inode = findWithoutLinks(ctx.store, path);
  return inode === undefined || isDirectory(inode.mode) ? undefined : inode;
}

function placeDirectory(ctx: OpContext, at: Filling, row: PlacedRow): void {
  const ino = insertInode(ctx, row, { nlink: 2, parent: at.ino });
  addDentry(ctx, at.ino, row[0], { ino, version: FIRST_VERSION }, true);
  addXattrs(ctx, ino, row);
  at.subdirectories += 1;
}

function placeFile(ctx: OpContext, parent: Ino, row: PlacedRow, data: Uint8Array): void {
  const [name, mode, , , , , , details] = row;
  const made =
    details?.nameless === undefined
      ? insertFile(ctx, row, data)
      : nameNameless(ctx, details.nameless, row);
  if ((mode & S_IFMT) === S_IFLNK) ctx.store.symlinks.insert(made.ino, details?.target ?? '');
  addDentry(ctx, parent, name, made, false);
  addXattrs(ctx, made.ino, row);
}

function insertFile(ctx: OpContext, row: PlacedRow, data: Uint8Array): Changed {
  const [, mode, , , , , , details] = row;
  const type = mode & S_IFMT;
  if (type === S_IFLNK) {
    return firstOf(insertInode(ctx, row, { size: checkTarget(details?.target ?? '') }));
  }
  if (type !== S_IFREG) return firstOf(insertInode(ctx, row, { rdev: details?.rdev ?? 0 }));
  const content = ctx.store.content.create(data);
  const size = Math.max(data.length, details?.size ?? 0);
  const ino = insertInode(ctx, row, { ...content, size });
  if (content.size >= data.length) return firstOf(ino);
  const inode = ctx.store.inodes.get(ino) as Inode;
  ctx.store.content.write(inode, content.size, data.subarray(content.size));
  ctx.store.inodes.save(inode);
  return inode;
}

function firstOf(ino: Ino): Changed {
  return { ino, version: FIRST_VERSION };
}

type InodeExtras = Partial<Parameters<OpContext['store']['inodes']['insert']>[0]>;

function insertInode(
  ctx: OpContext,
  [, mode, uid, gid, mtime, atime]: PlacedRow,
  extras: InodeExtras,
): Ino {
  return ctx.store.inodes.insert({
    mode: isSymlink(mode) ? S_IFLNK | 0o777 : mode & (S_IFMT | MODE_BITS),
    nlink: 1,
    uid,
    gid,
    rdev: 0,
    size: 0,
    atime,
    mtime,
    ctime: ctx.now,
    parent: null,
    chunks: 0,
    head: null,
    inlineCrc32c: null,
    inline: null,
    ...extras,
  });
}

const FIRST_VERSION = 1;

/** Gives a nameless file its first name. */
function nameNameless(ctx: OpContext, { ino, changes }: NamelessContent, row: PlacedRow): Changed {
  const inode = ctx.store.inodes.get(ino);
  if (inode === undefined || inode.nlink > 0 || !isRegular(inode.mode)) throw errno('ENOENT');
  if (inode.version !== FIRST_VERSION + changes) throw errno('EIO');
  ctx.store.orphans.delete(ino);
  applyRow(ctx, inode, row);
  inode.nlink = 1;
  ctx.store.inodes.save(inode);
  return inode;
}

function isBefore(left: Timestamp, right: Timestamp): boolean {
  return left.sec < right.sec || (left.sec === right.sec && left.nsec < right.nsec);
}

function join(directory: string, name: string): string {
  return directory === '/' ? `/${name}` : `${directory}/${name}`;
}
