/** What the requests of a mount need of a volume: one view to read, changes that are waited for. */
import type { Ino } from '../core/ino.js';
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
  /** Has a command done; returns when it is committed. EROFS where nothing may be written. */
  change<K extends CommandName>(name: K, args: CommandArgs<K>, data?: Uint8Array): CommandResult<K>;
  /** Asks the writer past the queue. */
  control(control: Control): unknown;
  /** Has the inode kept while it is open here; undefined when it is gone. */
  open(ino: Ino): Inode | undefined;
  /** The file is open here no longer, once. */
  release(ino: Ino): void;
  /** The file was read: moves its access time, without waiting. */
  noteAccess(ino: Ino): void;
  /** Whether a `noteAccess` of this inode may be under way. */
  isAccessPending(ino: Ino): boolean;
  /** Waits for `noteAccess` of this inode, if there is one under way. */
  settleAccess(ino: Ino): void;
}
