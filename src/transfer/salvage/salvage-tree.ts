/**
 * Writes what was gathered from a damaged volume to a directory of the host: every file under its path, and
 * what has no path left below `lost+found`, under its number.
 *
 * The target is new and nobody else may enter it while it is filled; every directory in it is made here,
 * and never entered by a name that something else has. Set-id bits are taken off and devices are never
 * made: nobody knows any more whose file this is.
 */
import { closeSync, linkSync, lstatSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { timestampFromNs } from '../../core/clock.js';
import { type Ino, ROOT_INO } from '../../core/ino.js';
import { NAME_BYTES_MAX, PATH_BYTES_MAX } from '../../core/limits.js';
import { isDirectory, isRegular, isSymlink, S_IFDIR, S_IFLNK, S_IFREG } from '../../core/mode.js';
import { isEntryName } from '../../core/path.js';
import type { Inode } from '../../store/inode-table.js';
import { HostTree, isErrno } from '../host-tree.js';
import type { HostXattrs, XattrList } from '../xattrs.js';
import type { Gathered } from './gather.js';
import type { SalvageCounts, SalvagedEntry, SalvageStatus } from './report.js';
import type { EntryRow, InodeRow } from './rows.js';
import { SalvagedFile } from './salvaged-file.js';

const LOST_AND_FOUND = 'lost+found';
const DAMAGED_ENDING = '.damaged';
const SET_ID_BITS = 0o6000;
const ID_MAX = 2 ** 32 - 2;
const PRIVATE_FILE_MODE = 0o600;
/** Errors of the host about one name, which are no reason to give up the others. */
const ABOUT_NAME = ['ENAMETOOLONG', 'EINVAL', 'EILSEQ', 'EEXIST', 'ENOENT', 'ENOTDIR', 'EMLINK'];

export interface TreeOptions {
  readonly partial: boolean;
  readonly owners: boolean;
  readonly xattrs: HostXattrs | undefined;
}

/** A file in its place. */
interface Placed {
  /** Below the target. */
  readonly path: string;
  readonly isWhole: boolean;
}

/** What is to be placed: a name in a directory that is being filled. */
interface Level {
  readonly ino: number;
  /** Below the target; '' for the target itself. */
  readonly path: string;
  /** In the volume; null when that is lost. */
  readonly volumePath: string | null;
  readonly names: Iterator<[string, Target]>;
}

/** What a name leads to, and whether the row that says so is the one that was written. */
type Target = Pick<EntryRow, 'ino' | 'isSound'>;

export type OnEntry = (done: number, total: number, path: string) => void;

export class SalvageTree {
  readonly counts: SalvageCounts = {
    intact: 0,
    partial: 0,
    lost: 0,
    directories: 0,
    symlinks: 0,
    hardLinks: 0,
    leftOut: 0,
    deleted: 0,
    bytes: 0,
  };
  readonly entries: SalvagedEntry[] = [];
  readonly host: HostTree;
  readonly #from: Gathered;
  readonly #dest: string;
  readonly #options: TreeOptions;
  readonly #onEntry: OnEntry;
  readonly #placed = new Map<number, Placed>();
  readonly #entered = new Set<number>();
  #done = 0;

  constructor(from: Gathered, dest: string, options: TreeOptions, onEntry: OnEntry) {
    this.#from = from;
    this.#dest = dest;
    this.#options = options;
    this.#onEntry = onEntry;
    this.host = new HostTree(options.owners, options.xattrs);
  }

  async write(): Promise<void> {
    const { inodes, entries } = this.#from;
    if (!inodes.has(ROOT_INO) && !entries.has(ROOT_INO))
      this.#say(null, ROOT_INO, 'lost', null, 'the root directory is lost');
    await this.#fill({ ino: ROOT_INO, path: '', volumePath: '' });
    await this.#placeRest();
  }

  // --- directories ---------------------------------------------------------------------------------

  async #fill(top: Omit<Level, 'names'>): Promise<void> {
    const levels: Level[] = [this.#level(top)];
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const next = level.names.next();
      if (next.done === true) {
        levels.pop();
        this.#leave(level);
        continue;
      }
      const [name, target] = next.value;
      const below = this.#place(level, name, target);
      if (below !== undefined) levels.push(below);
      await this.host.ready();
    }
  }

  #level({ ino, path, volumePath }: Omit<Level, 'names'>): Level {
    this.#entered.add(ino);
    const names = this.#from.entries.get(ino) ?? new Map<string, Target>();
    return { ino, path, volumePath, names: names[Symbol.iterator]() };
  }

  #leave({ ino, path }: Level): void {
    const inode = this.#from.inodes.get(ino);
    // The target itself stays closed to others, whatever the root of the volume was.
    if (inode === undefined || path === '') return;
    this.host.finishOther(this.#onHost(path), attributesOf(inode), this.#xattrs(ino));
  }

  #onHost(path: string): string {
    return path === '' ? this.#dest : `${this.#dest}/${path}`;
  }

  // --- what has no place ---------------------------------------------------------------------------

  async #placeRest(): Promise<void> {
    const { inodes, entries } = this.#from;
    const named = new Set<number>();
    for (const names of entries.values()) for (const { ino } of names.values()) named.add(ino);
    const all = [...new Set([...inodes.keys(), ...entries.keys()])].sort((a, b) => a - b);
    // Tops first; what is left then goes around in a circle, and is entered anywhere.
    for (const wanted of [(ino: number) => !named.has(ino), () => true]) {
      for (const ino of all) {
        if (this.#isPlaced(ino) || !wanted(ino)) continue;
        if (inodes.get(ino)?.nlink === 0) {
          this.counts.deleted += 1;
          this.#entered.add(ino);
        } else await this.#placeLost(ino);
      }
    }
  }

  #isPlaced(ino: number): boolean {
    return this.#placed.has(ino) || this.#entered.has(ino);
  }

  async #placeLost(ino: number): Promise<void> {
    this.#makeLostAndFound();
    const level: Level = {
      ino: 0,
      path: LOST_AND_FOUND,
      volumePath: null,
      names: new Map()[Symbol.iterator](),
    };
    const before = this.entries.length;
    const below = this.#place(level, String(ino), { ino, isSound: true });
    // What is said of it already names it.
    if (this.entries.length === before) {
      const writtenAs = this.#placed.get(ino)?.path ?? `${LOST_AND_FOUND}/${ino}`;
      this.#say(null, ino, 'moved', writtenAs, 'its name is lost');
    }
    if (below !== undefined) await this.#fill(below);
  }

  #makeLostAndFound(): void {
    try {
      this.host.createDirectory(this.#onHost(LOST_AND_FOUND));
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      // The volume has one, of the repairs of a check, or a file that is called so.
      if (!lstatSync(this.#onHost(LOST_AND_FOUND)).isDirectory()) throw error;
    }
  }

  // --- entries -------------------------------------------------------------------------------------

  /** Puts what is behind a name in its place; answers the directory that is to be filled next. */
  #place(level: Level, name: string, target: Target): Level | undefined {
    const { ino } = target;
    const volumePath = level.volumePath === null ? null : `${level.volumePath}/${name}`;
    const hostName = nameOnHost(name);
    const path = level.path === '' ? hostName : `${level.path}/${hostName}`;
    this.#done += 1;
    this.#onEntry(this.#done, this.#from.inodes.size, volumePath ?? path);
    try {
      const below = this.#make(path, volumePath, target);
      if (hostName !== name) this.#say(volumePath, ino, 'moved', path, 'no file may have its name');
      return below;
    } catch (error) {
      if (!isErrno(error, ...ABOUT_NAME)) throw error;
      this.counts.lost += 1;
      const { code } = error as NodeJS.ErrnoException;
      this.#say(volumePath, ino, 'lost', null, `the target cannot hold it (${code})`);
      return undefined;
    }
  }

  #make(path: string, volumePath: string | null, { ino, isSound }: Target): Level | undefined {
    const inode = this.#from.inodes.get(ino) ?? this.#guess(ino, path, volumePath);
    if (inode === undefined) return undefined;
    const doubts = isSound ? [] : ['its name, or what is behind it, is damaged'];
    if (isDirectory(inode.mode)) return this.#makeDirectory(path, volumePath, inode, doubts);
    const first = this.#placed.get(ino);
    if (first !== undefined) this.#link(first, path, volumePath, { ino, doubts });
    else if (isRegular(inode.mode)) this.#writeFile(path, volumePath, inode, doubts);
    else if (isSymlink(inode.mode)) this.#makeLink(path, volumePath, inode, doubts);
    else this.#leaveOut(path, volumePath, ino);
    return undefined;
  }

  /** What a file must have been whose inode is lost. */
  #guess(ino: number, path: string, volumePath: string | null): InodeRow | undefined {
    const { entries, symlinks, chunks, chunkSizeBytes } = this.#from;
    const isDir = entries.has(ino);
    const rows = chunks.get(ino);
    if (!isDir && !symlinks.has(ino) && rows === undefined) {
      this.counts.lost += 1;
      this.#say(volumePath, ino, 'lost', null, 'its inode is lost');
      return undefined;
    }
    if (isDir) this.#say(volumePath, ino, 'changed', path, 'its attributes are lost');
    const last = Math.max(0, ...(rows?.keys() ?? []));
    const lastBlob = rows?.get(last)?.blob ?? 0;
    const size = last * chunkSizeBytes + (this.#from.blob(lastBlob)?.data.length ?? 0);
    const type = isDir ? S_IFDIR : rows === undefined ? S_IFLNK : S_IFREG;
    return {
      kind: 'inode',
      isSound: true,
      ino,
      mode: type | PRIVATE_FILE_MODE,
      nlink: 1,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
      rdev: 0,
      size,
      atime: 0n,
      mtime: 0n,
      version: 0,
      // The first chunk was named by the inode.
      chunks: (rows?.size ?? 0) + 1,
      head: null,
      inlineChecksum: null,
      inline: null,
    };
  }

  #makeDirectory(
    path: string,
    volumePath: string | null,
    { ino, isSound }: InodeRow,
    doubts: readonly string[],
  ): Level | undefined {
    if (this.#entered.has(ino)) {
      this.#say(volumePath, ino, 'lost', null, 'this directory has another name already');
      this.counts.lost += 1;
      return undefined;
    }
    this.host.createDirectory(this.#onHost(path));
    const all = isSound ? doubts : [...doubts, 'its attributes are damaged'];
    if (all.length > 0) this.#say(volumePath, ino, 'changed', path, all.join(', '));
    this.#sayLostXattrs(volumePath, ino, path);
    this.counts.directories += 1;
    return this.#level({ ino, path, volumePath });
  }

  #link(
    first: Placed,
    path: string,
    volumePath: string | null,
    { ino, doubts }: { readonly ino: number; readonly doubts: readonly string[] },
  ): void {
    const name = first.isWhole && doubts.length === 0 ? path : this.#freeName(damagedName(path));
    linkSync(this.#onHost(first.path), this.#onHost(name));
    this.counts.hardLinks += 1;
    if (doubts.length > 0) this.#say(volumePath, ino, 'partial', name, doubts.join(', '));
  }

  #makeLink(
    path: string,
    volumePath: string | null,
    inode: InodeRow,
    doubts: readonly string[],
  ): void {
    const row = this.#from.symlinks.get(inode.ino);
    if (row === undefined || !isTarget(row.target)) {
      this.counts.lost += 1;
      this.#say(volumePath, inode.ino, 'lost', null, 'the target of the link is lost');
      this.#entered.add(inode.ino);
      return;
    }
    const all = row.isSound ? doubts : [...doubts, 'the target of the link is damaged'];
    const isWhole = all.length === 0;
    const place = isWhole ? path : this.#freeName(damagedName(path));
    symlinkSync(row.target, this.#onHost(place));
    this.host.finishOther(this.#onHost(place), attributesOf(inode), []);
    this.counts.symlinks += 1;
    this.#placed.set(inode.ino, { path: place, isWhole });
    if (!isWhole) this.#say(volumePath, inode.ino, 'partial', place, all.join(', '));
    else if (!inode.isSound) {
      this.#say(volumePath, inode.ino, 'changed', place, 'its attributes are damaged');
    }
  }

  #leaveOut(path: string, volumePath: string | null, ino: number): void {
    this.counts.leftOut += 1;
    this.#entered.add(ino);
    this.#say(volumePath ?? path, ino, 'lost', null, 'devices, FIFOs and sockets are not made');
  }

  #writeFile(
    path: string,
    volumePath: string | null,
    inode: InodeRow,
    doubts: readonly string[],
  ): void {
    const hostPath = this.#onHost(path);
    const fd = this.host.createFile(hostPath);
    let content: ReturnType<SalvagedFile['write']>;
    try {
      content = new SalvagedFile(this.#from, inode, fd).write();
    } catch (error) {
      closeSync(fd);
      rmSync(hostPath, { force: true });
      throw error;
    }
    this.host.finishFile(fd, hostPath, attributesOf(inode), this.#xattrs(inode.ino));
    this.#sayLostXattrs(volumePath, inode.ino, path);
    const { ranges, bytes } = content;
    const problems = [...doubts, ...content.problems];
    if (problems.length === 0) {
      this.counts.intact += 1;
      this.counts.bytes += bytes;
      this.#placed.set(inode.ino, { path, isWhole: true });
      return;
    }
    const reason = problems.join(', ');
    if (!this.#options.partial) {
      rmSync(hostPath);
      this.counts.lost += 1;
      this.#entered.add(inode.ino);
      this.#say(volumePath, inode.ino, 'lost', null, reason);
      return;
    }
    const damaged = this.#freeName(damagedName(path));
    renameSync(hostPath, this.#onHost(damaged));
    this.counts.partial += 1;
    this.counts.bytes += bytes;
    this.#placed.set(inode.ino, { path: damaged, isWhole: false });
    this.#say(volumePath, inode.ino, 'partial', damaged, reason, ranges);
  }

  /** The volume may have a file that is called so. */
  #freeName(path: string): string {
    for (let number = 0; ; number += 1) {
      const name = number === 0 ? path : `${path}-${number}`;
      if (lstatSync(this.#onHost(name), { throwIfNoEntry: false }) === undefined) return name;
    }
  }

  #sayLostXattrs(volumePath: string | null, ino: number, path: string): void {
    if (!this.#from.damagedXattrs.has(ino)) return;
    this.#say(volumePath, ino, 'changed', path, 'some of its extended attributes are damaged');
  }

  #xattrs(ino: number): XattrList {
    return [...(this.#from.xattrs.get(ino) ?? [])];
  }

  #say(
    path: string | null,
    ino: number,
    status: SalvageStatus,
    writtenAs: string | null,
    reason: string,
    ranges: SalvagedEntry['ranges'] = [],
  ): void {
    this.entries.push({ path, ino, status, writtenAs, reason, ranges });
  }
}

function isTarget(target: string): boolean {
  return target !== '' && !target.includes('\0') && Buffer.byteLength(target) < PATH_BYTES_MAX;
}

/** A name that can do no harm, close to the one that the volume has. */
function nameOnHost(name: string): string {
  const isLong = Buffer.byteLength(name) > NAME_BYTES_MAX;
  if (isEntryName(name) && !isLong) return name;
  const safe = name.replace(/[/\0]/g, '_').replace(/^\.{0,2}$/, '_');
  return isLong
    ? Buffer.from(safe)
        .subarray(0, NAME_BYTES_MAX)
        .toString()
        .replace(/\uFFFD$/, '')
    : safe;
}

/** The same path with an ending that fits. */
function damagedName(path: string): string {
  const slash = path.lastIndexOf('/') + 1;
  const name = path.slice(slash);
  const room = NAME_BYTES_MAX - DAMAGED_ENDING.length - 4;
  const short =
    Buffer.byteLength(name) <= room
      ? name
      : Buffer.from(name)
          .subarray(0, room)
          .toString()
          .replace(/\uFFFD$/, '');
  return `${path.slice(0, slash)}${short}${DAMAGED_ENDING}`;
}

function isId(id: number): boolean {
  return id >= 0 && id <= ID_MAX;
}

/** Those that a file on the host gets. */
function attributesOf(row: InodeRow): Inode {
  const [atime, mtime] = [timestampFromNs(row.atime), timestampFromNs(row.mtime)];
  return {
    ino: row.ino as Ino,
    mode: row.mode & ~SET_ID_BITS,
    nlink: row.nlink,
    uid: isId(row.uid) ? row.uid : (process.getuid?.() ?? 0),
    gid: isId(row.gid) ? row.gid : (process.getgid?.() ?? 0),
    rdev: 0,
    size: row.size,
    atimeSec: atime.sec,
    atimeNsec: atime.nsec,
    mtimeSec: mtime.sec,
    mtimeNsec: mtime.nsec,
    ctimeSec: mtime.sec,
    ctimeNsec: mtime.nsec,
    btimeSec: mtime.sec,
    btimeNsec: mtime.nsec,
    version: row.version,
    parent: null,
    chunks: row.chunks,
    head: null,
    inlineBytes: 0,
  };
}
