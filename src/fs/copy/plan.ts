/**
 * What `cp` has to change, found by looking at one frozen view: the checks of Node in Node's order, and
 * instead of each change a step in a list. Nothing is changed here.
 *
 * Both ends are seen as they were when the copy began, also where a link makes the copy meet itself.
 */
import { posix } from 'node:path';
import { EnteredDirectories } from '../../core/circles.js';
import { Errno, errno } from '../../core/errno.js';
import { FsError } from '../../core/errors.js';
import type { Ino } from '../../core/ino.js';
import {
  isDirectory,
  isSymlink,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
} from '../../core/mode.js';
import { resolveInode } from '../../ops/resolve.js';
import { readLink } from '../../ops/symlink.js';
import type { Entry } from '../../store/dentry-table.js';
import type { Inode } from '../../store/inode-table.js';
import * as refusals from '../arguments/cp-errors.js';
import type { CpOptions } from '../arguments/cp-options.js';
import { pathText } from '../arguments/path.js';
import * as directories from '../calls/directories.js';
import * as files from '../calls/files.js';
import * as links from '../calls/links.js';
import { resolveDirectory } from '../calls/list.js';
import * as metadata from '../calls/metadata.js';
import { placeOf } from '../calls/place.js';
import { type CallEnvironment, type ReadStep, readStep, type WriteStep } from '../calls/step.js';
import { toStats } from '../stats.js';
import { absolutePath, absoluteTarget, isBelow } from './paths.js';

/** The frozen view; throws the error that the step's place gives. */
export type Look = <T>(step: ReadStep<T>) => T;

/** Yields an answer of the filter, which may be a promise, and is given what it settled to. */
export type Planning<T> = Generator<unknown, T, unknown>;

/** Both ends of one entry. */
interface Pair {
  readonly from: Inode;
  /** Absent when there is nothing at the destination. */
  readonly to: Inode | undefined;
}

/** Entries of a directory that are looked at together. */
const LIST_AT_ONCE = 256;
/** How often a copy that follows links comes to directories that it has been in. */
const ENTERED_AGAIN_MAX = 1000;
const TYPES_COPIED_AS_FILES: readonly number[] = [S_IFREG, S_IFCHR, S_IFBLK];

export class CopyPlan {
  readonly #environment: CallEnvironment;
  readonly #look: Look;
  readonly #options: CpOptions;
  readonly #steps: WriteStep<unknown>[] = [];
  readonly #entered = new EnteredDirectories();
  #enteredAgain = 0;

  constructor(environment: CallEnvironment, look: Look, options: CpOptions) {
    this.#environment = environment;
    this.#look = look;
    this.#options = options;
  }

  /** The changes, in the order in which Node makes them. */
  *make(src: string, dest: string): Planning<readonly WriteStep<unknown>[]> {
    const pair = yield* this.#examine(src, dest);
    if (pair === undefined) return this.#steps;
    this.#refuseInsideItself(src, pair.from, dest);
    this.#makeParent(dest);
    yield* this.#copy(pair, src, dest);
    return this.#steps;
  }

  // --- looking -----------------------------------------------------------------------------------

  #inodeAt(path: string, follow: boolean): Inode {
    return this.#look(
      readStep(placeOf(follow ? 'stat' : 'lstat', path), (store) =>
        resolveInode(store, pathText(path), follow),
      ),
    );
  }

  #inodeIfAny(path: string, follow: boolean): Inode | undefined {
    const step = readStep(placeOf(follow ? 'stat' : 'lstat', path), (store) => {
      try {
        return resolveInode(store, pathText(path), follow);
      } catch (error) {
        if (error instanceof Errno && error === errno('ENOENT')) return undefined;
        throw error;
      }
    });
    return this.#look<Inode | undefined>(step);
  }

  #targetOf(path: string): string {
    return this.#look(
      readStep(placeOf('readlink', path), (store) =>
        readLink(store, resolveInode(store, pathText(path), false)),
      ),
    );
  }

  /** The checks that every entry goes through; undefined when the filter leaves it out. */
  *#examine(src: string, dest: string): Planning<Pair | undefined> {
    const { filter, dereference } = this.#options;
    // Without a filter, too, the driver gets a chance to let others run.
    if (!(yield filter === undefined ? true : filter(src, dest))) return undefined;
    const from = this.#inodeAt(src, dereference);
    const to = this.#inodeIfAny(dest, dereference);
    if (to !== undefined) checkKinds(src, from, dest, to);
    if (isDirectory(from.mode) && isBelow(src, dest)) throw refusals.cpIntoItself(src, dest);
    return { from, to };
  }

  /** No directory above the destination may be the source, whatever name leads there. */
  #refuseInsideItself(src: string, from: Inode, dest: string): void {
    const sourceParent = absolutePath(posix.dirname(src));
    for (let below = dest; ; below = absolutePath(posix.dirname(below))) {
      const parent = absolutePath(posix.dirname(below));
      if (parent === sourceParent || parent === '/') return;
      const inode = this.#inodeIfAny(parent, true);
      if (inode === undefined) return;
      if (inode.ino === from.ino) throw refusals.cpIntoItself(src, below);
    }
  }

  // --- changes -----------------------------------------------------------------------------------

  #makeParent(dest: string): void {
    const parent = posix.dirname(dest);
    if (this.#inodeIfAny(parent, true) !== undefined) return;
    this.#steps.push(directories.mkdir(this.#environment, parent, { recursive: true }));
  }

  *#copy(pair: Pair, src: string, dest: string): Planning<void> {
    const type = pair.from.mode & S_IFMT;
    if (isDirectory(pair.from.mode)) {
      if (!this.#options.recursive) throw refusals.cpNotRecursive(src);
      yield* this.#copyDirectory(pair, src, dest);
    } else if (TYPES_COPIED_AS_FILES.includes(type)) this.#copyFile(pair, src, dest);
    else if (isSymlink(pair.from.mode)) this.#copyLink(pair, src, dest);
    else if (type === S_IFSOCK) throw refusals.cpSocket(dest);
    else if (type === S_IFIFO) throw refusals.cpFifo(dest);
    else throw refusals.cpUnknownType(dest);
  }

  /** Behind links a directory may be met again, which two that lead upwards make 2^40 times. */
  #enter(ino: Ino, src: string): void {
    const place = placeOf('opendir', src);
    if (this.#entered.tryEnter(ino)) return;
    if (!this.#options.dereference) throw new FsError('EIO', place);
    this.#enteredAgain += 1;
    if (this.#enteredAgain > ENTERED_AGAIN_MAX) throw new FsError('ELOOP', place);
  }

  *#copyDirectory({ from, to }: Pair, src: string, dest: string): Planning<void> {
    this.#enter(from.ino, src);
    if (to === undefined) this.#steps.push(directories.mkdir(this.#environment, dest));
    for (const name of this.#namesIn(src)) {
      const [srcItem, destItem] = [posix.join(src, name), posix.join(dest, name)];
      const pair = yield* this.#examine(srcItem, destItem);
      if (pair !== undefined) yield* this.#copy(pair, srcItem, destItem);
    }
    if (to === undefined) this.#steps.push(metadata.chmod(this.#environment, dest, from.mode));
  }

  *#namesIn(path: string): Generator<string, void, undefined> {
    const place = placeOf('opendir', path);
    const ino = this.#look(readStep(place, (store) => resolveDirectory(store, pathText(path))));
    for (let after = ''; ; ) {
      const entries = this.#look(
        readStep(place, (store): Entry[] => store.dentries.list(ino, after, LIST_AT_ONCE)),
      );
      for (const { name } of entries) yield name;
      if (entries.length < LIST_AT_ONCE) return;
      after = (entries.at(-1) as Entry).name;
    }
  }

  #copyFile({ from, to }: Pair, src: string, dest: string): void {
    const { force, errorOnExist, mode, preserveTimestamps } = this.#options;
    if (to !== undefined) {
      if (!force && errorOnExist) throw refusals.cpExists(dest);
      if (!force) return;
      this.#steps.push(links.unlink(this.#environment, dest));
    }
    // Gives the copy the mode of the source, too.
    this.#steps.push(files.copyFile(this.#environment, src, dest, mode));
    if (!preserveTimestamps) return;
    // As Dates, which is what Node hands on: whole milliseconds.
    const { atime, mtime } = toStats(from, this.#environment.facts);
    this.#steps.push(metadata.utimes(this.#environment, dest, atime, mtime));
  }

  #copyLink({ to }: Pair, src: string, dest: string): void {
    const own = this.#targetOf(src);
    const target = this.#options.verbatimSymlinks ? own : absoluteTarget(src, own);
    // Over anything but a link it fails with EEXIST, when it is applied.
    if (to !== undefined && isSymlink(to.mode)) {
      this.#checkLinkOverLink(src, target, dest);
      this.#steps.push(links.unlink(this.#environment, dest));
    }
    this.#steps.push(links.symlink(this.#environment, target, dest));
  }

  #checkLinkOverLink(src: string, target: string, dest: string): void {
    const replaced = absoluteTarget(dest, this.#targetOf(dest));
    if (isBelow(target, replaced)) throw refusals.cpIntoItself(target, replaced, dest);
    // Replacing the link would take away the name that the new one leads through.
    if (isDirectory(this.#inodeAt(src, true).mode) && isBelow(replaced, target)) {
      throw refusals.cpLinkToSubdirectory(replaced, target, dest);
    }
  }
}

function checkKinds(src: string, from: Inode, dest: string, to: Inode): void {
  if (from.ino === to.ino) throw refusals.cpSameFile(dest);
  if (isDirectory(from.mode) && !isDirectory(to.mode)) {
    throw refusals.cpDirectoryOverFile(src, dest);
  }
  if (!isDirectory(from.mode) && isDirectory(to.mode)) {
    throw refusals.cpFileOverDirectory(src, dest);
  }
}
