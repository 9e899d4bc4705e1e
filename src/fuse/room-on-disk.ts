/**
 * Whether there is room on the disk for what is taken now and written later: where there is little, a program
 * is to hear of it from `write` itself, and not when it closes the file.
 */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Below this the disk counts as full, in bytes: the log, what is pending and room for the upkeep. */
const MARGIN_BYTES = 64 * 1024 * 1024;
/** Bytes may take this many times as much until the log has been written back. */
const COST = 3;
/** Others use the disk, too: it is looked at again after so many bytes. */
const LOOK_AGAIN_BYTES = 8 * 1024 * 1024;

export class RoomOnDisk {
  readonly #directory: string;
  /** Bytes that may be taken without another look. */
  #leftBytes = 0;

  /** `path`: of the volume's file. */
  constructor(path: string) {
    this.#directory = dirname(path);
  }

  hasFor(bytes: number): boolean {
    if (bytes > this.#leftBytes) this.#look();
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  #look(): void {
    const { bsize, bavail } = statfsSync(this.#directory);
    const forContent = (bsize * bavail - MARGIN_BYTES) / COST;
    this.#leftBytes = Math.min(forContent, LOOK_AGAIN_BYTES);
  }
}
