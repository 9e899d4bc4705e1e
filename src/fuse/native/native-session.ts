/**
 * What the requests of a mount on fuse-native share. They come by paths, on one event loop: reads are
 * done at once, changes at the end of the turn.
 */
import { errno } from '../../core/errno.js';
import type { Ino } from '../../core/ino.js';
import type { ResolvedOptions } from '../../core/options.js';
import { isAccessDue } from '../../ops/access-time.js';
import type { Creator } from '../../ops/context.js';
import { findInode, resolveInode } from '../../ops/resolve.js';
import type { ReaderPool } from '../../readers/pool.js';
import type { Inode } from '../../store/inode-table.js';
import type { Store } from '../../store/store.js';
import type { CommandArgs, CommandName, CommandResult } from '../../writer/commands.js';
import { Space, type SpaceFacts } from '../space.js';
import { Handles } from './handles.js';
import { HiddenFiles } from './hidden-files.js';
import { InodeCache } from './inode-cache.js';
import type { LocalWriter } from './local-writer.js';

const MS_PER_SEC = 1000;

export interface SessionOptions {
  /** The volume's file. */
  readonly path: string;
  /** Of the volume. */
  readonly options: ResolvedOptions;
  readonly isReadOnly: boolean;
  readonly accessTimes: 'relatime' | 'noatime';
}

export class NativeSession {
  readonly handles: Handles;
  readonly hidden: HiddenFiles = new HiddenFiles();
  readonly isReadOnly: boolean;
  readonly chunkSizeBytes: number;
  readonly #pool: ReaderPool;
  readonly #writer: LocalWriter | undefined;
  readonly #options: ResolvedOptions;
  readonly #notesAccess: boolean;
  readonly #space: Space;
  readonly #inodes = new InodeCache();
  /** Access times on their way to the writer. */
  readonly #noting = new Map<Ino, Promise<unknown>>();

  /** Without a writer the volume is open for reading only. */
  constructor(
    pool: ReaderPool,
    writer: LocalWriter | undefined,
    { path, options, isReadOnly, accessTimes }: SessionOptions,
  ) {
    this.#pool = pool;
    this.#writer = writer;
    this.#options = options;
    this.#space = new Space(path, pool);
    this.isReadOnly = isReadOnly || writer === undefined;
    this.chunkSizeBytes = pool.store.facts.chunkSizeBytes;
    this.#notesAccess = accessTimes !== 'noatime' && !this.isReadOnly;
    this.handles = new Handles(options.handlesMax);
  }

  /** Runs `read` on one view, which has everything acknowledged so far. */
  read<T>(read: (store: Store) => T): T {
    return this.#pool.read(read);
  }

  space(): SpaceFacts {
    return this.#space.facts();
  }

  /** What a path leads to; one that libfuse has made up leads to a file without a name. */
  find(path: string): Inode {
    const hidden = this.hidden.at(path);
    if (hidden !== undefined) return this.get(hidden);
    // Asked before: what is found after that is of this version, or of a later one, and then it goes.
    const known = this.#inodes.get(this.#pool.version, path);
    if (known !== undefined) return known;
    // One statement is a view by itself.
    const inode =
      this.#pool.find((store) => findInode(store, path, false)) ??
      this.read((store) => resolveInode(store, path, false));
    this.#inodes.set(path, inode);
    return inode;
  }

  /** The inode of an open file. */
  get(ino: Ino): Inode {
    const inode = this.#pool.find((store) => store.inodes.get(ino));
    if (inode === undefined) throw errno('ESTALE');
    return inode;
  }

  /**
   * Has a command done; resolves when it is committed. EROFS where nothing may be written. `data` must
   * stay as it is until then.
   */
  change<K extends CommandName>(
    name: K,
    args: CommandArgs<K>,
    data?: Buffer,
  ): Promise<CommandResult<K>> {
    if (this.isReadOnly || this.#writer === undefined) throw errno('EROFS');
    return this.#writer.submit(name, args, data);
  }

  /** Everything acknowledged is on stable storage when it resolves. */
  async sync(): Promise<void> {
    if (!this.isReadOnly) await this.#writer?.sync();
  }

  /** Has the file kept while it is open; ESTALE when it has gone already. */
  hold(ino: Ino): void {
    if (this.#writer?.hold(ino) === false) throw errno('ESTALE');
  }

  release(ino: Ino): void {
    this.#writer?.release(ino);
  }

  /** Whom new files belong to: fuse-native does not say who asks. */
  creator(mode: number): Creator {
    const { uid, gid } = this.#options;
    return { mode, uid, gid };
  }

  /** A file was read: moves its access time, and does not wait. */
  noteAccess(inode: Inode): void {
    const { ino } = inode;
    if (!this.#notesAccess || this.#noting.has(ino)) return;
    if (!isAccessDue(inode, Math.floor(Date.now() / MS_PER_SEC))) return;
    const forget = (): boolean => this.#noting.delete(ino);
    // An access time that cannot be written is not worth an answer: the reading went well.
    this.#noting.set(ino, this.change('noteAccess', [ino]).then(forget, forget));
  }

  /** An access time of the inode that is under way. */
  accessUnderWay(ino: Ino): Promise<unknown> | undefined {
    return this.#noting.size === 0 ? undefined : this.#noting.get(ino);
  }
}
