/** A volume as the requests need it, through what a thread that has it attached owns. */
import { errno } from '../core/errno.js';
import type { HoldBoard } from '../core/hold-board.js';
import type { Ino } from '../core/ino.js';
import type { NewWrite, WriteBehind } from '../core/write-behind.js';
import type { ReaderPool } from '../readers/pool.js';
import type { Inode } from '../store/inode-table.js';
import type { LatestInodes } from '../store/latest-inodes.js';
import type { Store } from '../store/store.js';
import type { WriterClient } from '../writer/client.js';
import type { CommandArgs, CommandName, CommandResult } from '../writer/commands.js';
import type { Control } from '../writer/protocol.js';
import { RoomOnDisk } from './room-on-disk.js';
import { Space, type SpaceFacts } from './space.js';
import type { VolumeAccess } from './volume-access.js';

/** The writer is told of what is pending whenever so many bytes have come. */
const DUE_BYTES = 512 * 1024;

export class AttachedAccess implements VolumeAccess {
  readonly chunkSizeBytes: number;
  readonly #space: Space;
  readonly #pool: ReaderPool;
  readonly #writer: WriterClient | undefined;
  readonly #behind: WriteBehind;
  readonly #room: RoomOnDisk;
  readonly #holds: HoldBoard;
  readonly #latest: LatestInodes;
  readonly isReadOnly: boolean;

  /** `isReadOnly`: nothing is to be written, whether or not the volume could be. */
  constructor(
    path: string,
    {
      pool,
      writer,
      inodes,
    }: {
      readonly pool: ReaderPool;
      readonly writer: WriterClient | undefined;
      readonly inodes: LatestInodes;
    },
    shared: { readonly behind: WriteBehind; readonly holds: HoldBoard },
    isReadOnly: boolean,
  ) {
    this.#space = new Space(path, pool);
    this.isReadOnly = isReadOnly || writer === undefined;
    this.#behind = shared.behind;
    this.#room = new RoomOnDisk(path);
    this.#holds = shared.holds;
    this.#pool = pool;
    this.#latest = inodes;
    this.#writer = writer;
    this.chunkSizeBytes = pool.store.facts.chunkSizeBytes;
  }

  space(): SpaceFacts {
    return this.#space.facts();
  }

  read<T>(read: (store: Store) => T): T {
    return this.#pool.read(read);
  }

  find<T>(find: (store: Store) => T): T {
    return this.#pool.find(find);
  }

  get mark(): number | undefined {
    return this.#writer === undefined ? undefined : this.#latest.state;
  }

  latest(ino: Ino): Inode | undefined {
    return this.#behind.othersHavePending ? undefined : this.#latest.get(ino);
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

  writeBehind(write: NewWrite): boolean {
    if (this.isReadOnly) throw errno('EROFS');
    if (!this.#room.hasFor(write.data.length)) return false;
    while (!this.#behind.write(write)) this.#client().awaitEarlier();
    if (this.#behind.isDue(DUE_BYTES)) this.#client().nudge();
    return true;
  }

  noteAccess(ino: Ino): void {
    if (this.isReadOnly) return;
    while (!this.#behind.access(ino)) this.#client().awaitEarlier();
  }

  isPending(ino: Ino): boolean {
    return this.#behind.isPending(ino);
  }

  settle(ino: Ino): void {
    // Once: a file that somebody writes all the time is pending again by then.
    if (this.#behind.isPending(ino)) this.#client().awaitEarlier();
  }

  settleWrites(ino: Ino): void {
    if (this.#behind.isWritePending(ino)) this.#client().awaitEarlier();
  }

  settleAll(): void {
    if (this.#behind.hasPending) this.#client().awaitEarlier();
  }

  /** Waits for what other mounts of the volume have taken. */
  awaitOthers(): void {
    if (this.#behind.othersHavePending && !this.isReadOnly) this.#client().awaitEarlier();
  }

  failureOf(ino: Ino, opening: number, once: boolean): number {
    return this.#behind.failureOf(ino, opening, once);
  }

  noteOpening(ino: Ino, opening: number): void {
    this.#behind.noteOpening(ino, opening);
  }

  release(ino: Ino): void {
    if (this.#writer === undefined) return;
    if (this.#holds.release(ino)) this.#writer.release(ino);
    if (!this.#holds.isHeld(ino)) this.#behind.forgetFailure(ino);
  }

  #client(): WriterClient {
    if (this.#writer === undefined) throw errno('EROFS');
    return this.#writer;
  }
}
