/** What the requests of a mount need of a volume: one view to read, changes that are waited for. */
import type { Ino } from '../core/ino.js';
import type { NewWrite } from '../core/write-behind.js';
import type { Inode } from '../store/inode-table.js';
import type { Store } from '../store/store.js';
import type { CommandArgs, CommandName, CommandResult } from '../writer/commands.js';
import type { Control } from '../writer/protocol.js';
import type { SpaceFacts } from './space.js';

/** Numbers of inodes are not used up in practice. */
export const FREE_INODES: number = 2 ** 32;

export interface VolumeAccess {
  /** Nothing may be written through here. */
  readonly isReadOnly: boolean;
  readonly chunkSizeBytes: number;
  /** Space on the disk under the volume; numbers of bytes. */
  space(): SpaceFacts;
  /** Runs `read` on one view, which has everything acknowledged so far. */
  read<T>(read: (store: Store) => T): T;
  /** The same for a read of one statement, which is a view by itself. */
  find<T>(find: (store: Store) => T): T;
  /**
   * A number that is the same as long as nothing was committed by this process, and no visit of another one has been
   * found; undefined during a commit, and where the volume is open for reading only.
   */
  readonly mark: number | undefined;
  /**
   * The inode as it is, where the last commit tells of it: it need not be read then. Only while no other process
   * has the volume open for writing, and none had since that commit.
   */
  latest(ino: Ino): Inode | undefined;
  /** Has a command done; returns when it is committed. EROFS where nothing may be written. */
  change<K extends CommandName>(name: K, args: CommandArgs<K>, data?: Uint8Array): CommandResult<K>;
  /** Asks the writer past the queue. */
  control(control: Control): unknown;
  /** Has the inode kept while it is open here; undefined when it is gone. */
  open(ino: Ino): Inode | undefined;
  /** The file is open here no longer, once. */
  release(ino: Ino): void;
  /**
   * Takes bytes that are written later, before every command that is sent after this. False where they have
   * to be written at once.
   */
  writeBehind(write: NewWrite): boolean;
  /** The file was read: moves its access time, without waiting. */
  noteAccess(ino: Ino): void;
  /** Whether bytes or an access time of this inode may not be written yet. */
  isPending(ino: Ino): boolean;
  /** Waits until they are. */
  settle(ino: Ino): void;
  /** Waits for bytes alone. */
  settleWrites(ino: Ino): void;
  /** The same for all inodes. */
  settleAll(): void;
  /**
   * Why bytes of the inode that were taken could not be written, as an errno, for an opening that was there
   * then; 0 for none. With `once` it is not told to this opening again.
   */
  failureOf(ino: Ino, opening: number, once: boolean): number;
  /** There is a new opening, which is told of later failures only. */
  noteOpening(ino: Ino, opening: number): void;
}
