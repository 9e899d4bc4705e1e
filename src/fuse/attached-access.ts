/** A volume as the requests need it, through what a thread that has it attached owns. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import type { ReaderPool } from '../readers/pool.js';
import type { Store } from '../store/store.js';
import type { WriterClient } from '../writer/client.js';
import type { CommandArgs, CommandName, CommandResult } from '../writer/commands.js';
import type { Control } from '../writer/protocol.js';
import type { VolumeAccess } from './volume-access.js';

export class AttachedAccess implements VolumeAccess {
  readonly chunkSizeBytes: number;
  readonly #path: string;
  readonly #pool: ReaderPool;
  readonly #writer: WriterClient | undefined;
  readonly isReadOnly: boolean;

  /** `isReadOnly`: nothing is to be written, whether or not the volume could be. */
  constructor(
    path: string,
    pool: ReaderPool,
    writer: WriterClient | undefined,
    isReadOnly: boolean,
  ) {
    this.#path = path;
    this.isReadOnly = isReadOnly || writer === undefined;
    this.#pool = pool;
    this.#writer = writer;
    this.chunkSizeBytes = pool.store.facts.chunkSizeBytes;
  }

  get canHold(): boolean {
    return this.#writer !== undefined;
  }

  space(): { readonly totalBytes: number; readonly freeBytes: number; readonly files: number } {
    const { bsize, blocks, bavail } = statfsSync(dirname(this.#path));
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize, files: 0 };
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

  release(ino: Ino): void {
    this.#writer?.release(ino);
  }

  #client(): WriterClient {
    if (this.#writer === undefined) throw errno('EROFS');
    return this.#writer;
  }
}
