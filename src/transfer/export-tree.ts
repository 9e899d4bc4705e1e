/**
 * Exporting a tree of a volume to a directory of the host, from one frozen view of the volume.
 *
 * A directory gets its attributes after its entries, because they change its times and may take away
 * the right to add any.
 */
import * as fs from 'node:fs';
import { performance } from 'node:perf_hooks';
import { timestampFromNs } from '../core/clock.js';
import type { Ino } from '../core/ino.js';
import { isDirectory, isRegular, isSymlink, S_IFMT } from '../core/mode.js';
import { isEntryName } from '../core/path.js';
import type { Lease } from '../readers/pool.js';
import type { Inode } from '../store/inode-table.js';
import type { Volume } from '../volume/volume.js';
import { sameTime } from './entry-attributes.js';
import { ContentExport } from './export-content.js';
import { HostTree, isErrno, lookAt, mtimeOf } from './host-tree.js';
import {
  type ExportOptions,
  type ResolvedTransferOptions,
  resolveExportOptions,
} from './options.js';
import {
  type CountedKind,
  reporting,
  Tally,
  type TransferResult,
  throwIfStopped,
} from './report.js';
import { makeSpecial } from './special-files.js';
import { readTarget, readXattrs } from './volume-content.js';
import { isVolumeDamage, VolumeWalk, type WalkStep } from './volume-walk.js';
import { loadHostXattrs, type XattrList } from './xattrs.js';

// Long enough to cost nothing, short enough for progress and Ctrl-C.
const SLICE_MS = 10;
const NO_XATTRS: XattrList = [];

/**
 * Copies a directory of the volume with all that is below it into the directory `dest` of the host,
 * which is made when it is missing. Nothing outside of it is touched: links that stand in it are not
 * followed. What is there already with the same type, size and modification time is left alone.
 *
 * The view is frozen for the whole export; raise `snapshotAgeMaxMs` for one that takes longer.
 * Rejects with the error that stopped it; its `transfer` says what was exported until then.
 */
export async function exportTree(
  volume: Volume,
  dest: string,
  options: ExportOptions = {},
): Promise<TransferResult> {
  const resolved = resolveExportOptions(options);
  const tally = new Tally(resolved);
  return reporting(tally, async () => {
    const xattrs = resolved.xattrs ? await loadHostXattrs() : undefined;
    const lease = await volume.runner.lease();
    const host = new HostTree(resolved.owners, xattrs);
    try {
      await new TreeExport(volume, lease, tally, resolved, host).run(dest);
    } finally {
      await lease.release();
      await host.finish();
      for (const shortcoming of host.shortcomings) tally.warn(shortcoming);
    }
  });
}

class TreeExport {
  readonly #volume: Volume;
  readonly #lease: Lease;
  readonly #tally: Tally;
  readonly #options: ResolvedTransferOptions;
  readonly #host: HostTree;
  readonly #content: ContentExport;
  /** Where the first name of a file with several was put. */
  readonly #linked = new Map<Ino, { readonly path: string; left: number }>();

  constructor(
    volume: Volume,
    lease: Lease,
    tally: Tally,
    options: ResolvedTransferOptions,
    host: HostTree,
  ) {
    this.#volume = volume;
    this.#lease = lease;
    this.#tally = tally;
    this.#options = options;
    this.#host = host;
    this.#content = new ContentExport(volume, lease, tally, options.signal);
  }

  async run(dest: string): Promise<void> {
    let root = dest;
    const walk = new VolumeWalk(this.#lease, this.#options.path, (path, detail) =>
      this.#tally.skip(`${root}/${path}`, 'unreadable', detail),
    );
    fs.mkdirSync(dest, { recursive: true });
    root = fs.realpathSync(dest);
    let sliceEndMs = performance.now() + SLICE_MS;
    for (let step = walk.next(); step !== undefined; step = walk.next()) {
      const path = step.path === '' ? root : `${root}/${step.path}`;
      try {
        const wait = this.#visit(step, path, walk);
        if (wait !== undefined) await wait;
      } catch (error) {
        if (!isVolumeDamage(error)) throw error;
        this.#tally.skip(path, 'unreadable', 'what the volume holds of it is damaged');
      }
      if (performance.now() < sliceEndMs) continue;
      await this.#pause(path);
      sliceEndMs = performance.now() + SLICE_MS;
    }
    this.#tally.progress(root);
  }

  async #pause(path: string): Promise<void> {
    this.#tally.progress(path);
    await this.#volume.runner.yieldTurn();
    await this.#host.ready();
    throwIfStopped(this.#options.signal);
  }

  #visit(step: WalkStep, path: string, walk: VolumeWalk): Promise<void> | undefined {
    const { inode, phase, name } = step;
    if (phase === 'leave') {
      this.#host.finishOther(path, inode, this.#xattrs(inode));
      return undefined;
    }
    if (!isEntryName(name)) {
      this.#tally.skip(step.path, 'name', 'no file may have this name');
      walk.skipContents();
      return undefined;
    }
    if (isDirectory(inode.mode)) {
      if (!this.#enter(path, inode)) walk.skipContents();
      return undefined;
    }
    if (inode.nlink > 1 && this.#linkToFirst(inode, path)) return undefined;
    if (!isRegular(inode.mode)) {
      this.#make(path, inode);
      return undefined;
    }
    return this.#writeFile(path, inode);
  }

  #xattrs(inode: Inode): XattrList {
    return this.#options.xattrs ? readXattrs(this.#lease, inode) : NO_XATTRS;
  }

  /** Whether there is a real directory at `path` now. */
  #enter(path: string, inode: Inode): boolean {
    try {
      this.#host.createDirectory(path);
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      const stats = lookAt(path);
      if (stats?.isDirectory() === true) this.#host.openDirectory(path, Number(stats.mode));
      else if (!this.#makeRoom(path, inode)) return false;
      else this.#host.createDirectory(path);
    }
    this.#tally.count('directories', path);
    return true;
  }

  /** Takes away what is in the way, when that is asked for and it is no directory. */
  #makeRoom(path: string, inode: Inode): boolean {
    const stats = lookAt(path);
    if (stats === undefined) return true;
    if (!stats.isDirectory() && this.#isThere(path, stats, inode)) {
      this.#remember(inode, path);
      this.#tally.unchanged();
      return false;
    }
    if (this.#options.overwrite && !stats.isDirectory()) {
      fs.unlinkSync(path);
      return true;
    }
    this.#tally.skip(path, 'exists', 'something else has this name');
    return false;
  }

  #isThere(path: string, stats: fs.BigIntStats, inode: Inode): boolean {
    if ((Number(stats.mode) & S_IFMT) !== (inode.mode & S_IFMT)) return false;
    if (!sameTime(timestampFromNs(stats.mtimeNs), mtimeOf(inode))) return false;
    if (isRegular(inode.mode)) return Number(stats.size) === inode.size;
    if (isSymlink(inode.mode)) return fs.readlinkSync(path) === readTarget(this.#lease, inode);
    return Number(stats.rdev) === inode.rdev;
  }

  /** Runs `create`; when the name is taken, makes room and tries once more. False: left as it is. */
  #creating(path: string, inode: Inode, create: () => void): boolean {
    try {
      create();
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
      if (!this.#makeRoom(path, inode)) return false;
      create();
    }
    return true;
  }

  #linkToFirst(inode: Inode, path: string): boolean {
    const first = this.#linked.get(inode.ino);
    if (first === undefined) return false;
    first.left -= 1;
    if (first.left === 0) this.#linked.delete(inode.ino);
    if (this.#placeLink(first.path, path)) this.#tally.count('hardLinks', path);
    return true;
  }

  /** Unlike other entries, one with the same content is not the same: it must be the same file. */
  #placeLink(first: string, path: string): boolean {
    try {
      fs.linkSync(first, path);
      return true;
    } catch (error) {
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    const [stats, wanted] = [lookAt(path), lookAt(first)];
    if (stats?.ino === wanted?.ino && stats?.dev === wanted?.dev) {
      this.#tally.unchanged();
      return false;
    }
    if (!this.#options.overwrite || stats?.isDirectory() === true) {
      this.#tally.skip(path, 'exists', `something else, or a copy of '${first}', has this name`);
      return false;
    }
    fs.unlinkSync(path);
    fs.linkSync(first, path);
    return true;
  }

  #remember(inode: Inode, path: string): void {
    if (inode.nlink <= 1 || this.#linked.has(inode.ino)) return;
    this.#linked.set(inode.ino, { path, left: inode.nlink - 1 });
  }

  #done(kind: CountedKind, path: string, inode: Inode): void {
    this.#remember(inode, path);
    this.#tally.count(kind, path, isRegular(inode.mode) ? inode.size : 0);
  }

  #make(path: string, inode: Inode): void {
    const kind = isSymlink(inode.mode) ? 'symlinks' : 'special';
    const made = this.#creating(path, inode, () => {
      if (isSymlink(inode.mode)) fs.symlinkSync(readTarget(this.#lease, inode), path);
      else this.#makeSpecial(path, inode);
    });
    if (!made || lookAt(path) === undefined) return;
    this.#host.finishOther(path, inode, NO_XATTRS);
    this.#done(kind, path, inode);
  }

  #makeSpecial(path: string, inode: Inode): void {
    if (lookAt(path) !== undefined) throw Object.assign(new Error('exists'), { code: 'EEXIST' });
    const refusal = makeSpecial(path, inode.mode, inode.rdev);
    if (refusal !== undefined) this.#tally.skip(path, refusal.reason, refusal.detail);
  }

  #writeFile(path: string, inode: Inode): Promise<void> | undefined {
    let fd = -1;
    const create = (): void => {
      fd = this.#host.createFile(path);
    };
    if (!this.#creating(path, inode, create)) return undefined;
    if (!this.#content.isShort(inode)) return this.#writeLong(fd, path, inode);
    this.#discardingOnError(fd, path, () => this.#content.writeShort(fd, inode));
    this.#finishFile(fd, path, inode);
    return undefined;
  }

  async #writeLong(fd: number, path: string, inode: Inode): Promise<void> {
    try {
      await this.#content.writeLong(fd, inode, path);
    } catch (error) {
      discard(fd, path);
      throw error;
    }
    this.#finishFile(fd, path, inode);
  }

  #discardingOnError(fd: number, path: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      discard(fd, path);
      throw error;
    }
  }

  #finishFile(fd: number, path: string, inode: Inode): void {
    this.#host.finishFile(fd, path, inode, this.#xattrs(inode));
    this.#done('files', path, inode);
  }
}

/** No half file stays behind. */
function discard(fd: number, path: string): void {
  fs.closeSync(fd);
  fs.rmSync(path, { force: true });
}
