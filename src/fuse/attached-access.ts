/** A volume as the requests need it, through what a thread that has it attached owns. */
import { errno } from '../core/errno.js';
import type { HoldBoard } from '../core/hold-board.js';
import type { Ino } from '../core/ino.js';
import type { ReaderPool } from '../readers/pool.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import type { WriterClient } from '../writer/client.js';
import type { CommandArgs, CommandName, CommandResult } from '../writer/commands.js';
import type { Control } from '../writer/protocol.js';
import type { PendingAccess } from './pending-access.js';
import { Space, type SpaceFacts } from './space.js';
import type { VolumeAccess } from './volume-access.js';

export class AttachedAccess implements VolumeAccess {
  readonly chunkSizeBytes: number;
  readonly #space: Space;
  readonly #pool: ReaderPool;
  readonly #writer: WriterClient | undefined;
  readonly #pendingAccess: PendingAccess;
  readonly #holds: HoldBoard;
  /** Inodes whose access time this thread has posted, and has not heard of since. */
  readonly #accessed = new Set<Ino>();
  readonly isReadOnly: boolean;

  /** `isReadOnly`: nothing is to be written, whether or not the volume could be. */
  constructor(
    path: string,
    { pool, writer }: { readonly pool: ReaderPool; readonly writer: WriterClient | undefined },
    shared: { readonly pendingAccess: PendingAccess; readonly holds: HoldBoard },
    isReadOnly: boolean,
  ) {
    this.#space = new Space(path, pool);
    this.isReadOnly = isReadOnly || writer === undefined;
    this.#pendingAccess = shared.pendingAccess;
    this.#holds = shared.holds;
    this.#pool = pool;
    this.#writer = writer;
    this.chunkSizeBytes = pool.store.facts.chunkSizeBytes;
  }

  space(): SpaceFacts {
    return this.#space.facts();
  }

  read<T>(read: (store: Store) => T): T {
    return this.#pool.read(read);
  }

  change<K extends CommandName>(
    name: K,
    args: CommandArgs<K>,
    data?: Uint8Array,
  ): CommandResult<K> {
    // A mount that is read-only may have been remounted by somebody who does not know.
    if (this.isReadOnly) throw errno('EROFS');
    const command = { name, args, data, preconditions: undefined };
    const job = { commands: [command], isTransaction: false, wantsResult: true };
    return this.#client().submitJobSync(job) as CommandResult<K>;
  }

  control(control: Control): unknown {
    return this.#client().controlSync(control);
  }

  open(ino: Ino): Inode | undefined {
    const writer = this.#writer;
    // Where nothing can be written nothing can be kept, and what others remove is gone.
    if (writer === undefined) return this.#pool.find((store) => store.inodes.get(ino));
    const wasHeld = this.#holds.hold(ino);
    writer.changes.settledMark();
    const inode = this.#pool.find((store) => store.inodes.get(ino));
    // Without a name there is only what is open already.
    if (inode !== undefined && (inode.nlink > 0 || wasHeld)) return inode;
    this.release(ino);
    return undefined;
  }

  noteAccess(ino: Ino): void {
    const writer = this.#writer;
    if (writer === undefined || this.isReadOnly || this.#accessed.has(ino)) return;
    this.#accessed.add(ino);
    const command = {
      name: 'noteAccess' as const,
      args: [ino],
      data: undefined,
      preconditions: undefined,
    };
    const job = { commands: [command], isTransaction: false, wantsResult: false };
    // An access time that cannot be written is not worth an answer: the reading went well.
    writer.postJob(job, () => this.#accessed.delete(ino));
    this.#pendingAccess.notePosted(ino);
    writer.receivePosted();
  }

  isAccessPending(ino: Ino): boolean {
    return this.#pendingAccess.isPending(ino);
  }

  settleAccess(ino: Ino): void {
    if (this.isReadOnly) return;
    this.#pendingAccess.settle(ino, () => this.#awaitPosted());
  }

  /**
   * Waits until the writer has done what any thread had posted before. It takes the messages of its clients
   * one client after the other, so what is posted later elsewhere may come first; not what is posted after
   * an answer to that.
   */
  #awaitPosted(): void {
    this.change('require', []);
    this.change('require', []);
  }

  release(ino: Ino): void {
    if (this.#writer !== undefined && this.#holds.release(ino)) this.#writer.release(ino);
  }

  #client(): WriterClient {
    if (this.#writer === undefined) throw errno('EROFS');
    return this.#writer;
  }
}
