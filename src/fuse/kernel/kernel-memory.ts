/**
 * What the kernel remembers, from the side that has it forget: notifications, written to the descriptor of
 * the mount.
 *
 * A notification may wait for locks of the kernel that are held while a request is answered. So it is
 * written neither by a thread that answers requests nor by one that such a thread waits for.
 */
import { writeSync } from 'node:fs';
import type { WitnessBoard } from '../../core/witness-board.js';
import type { ReaderPool } from '../../readers/pool.js';
import type { EntryNotice, InodeNotice, Notice } from '../invalidation.js';
import { ATTRIBUTES_ONLY, INVAL_ENTRY_EXPIRE, NOTIFY } from '../protocol/flags.js';
import { createPage, encodeEmptyNotification, encodeNotification } from '../protocol/reply.js';
import { NOTIFY_INVAL_ENTRY_OUT, NOTIFY_INVAL_INODE_OUT } from '../protocol/structs.js';

const PAGE_BYTES = 512;
/** The mount has gone, and with it everything that was remembered. */
const GONE: readonly string[] = ['ENODEV', 'ENOTCONN', 'EBADF', 'ECONNABORTED', 'EPERM'];
const UNKNOWN = 'ENOENT';
/** Inodes that are looked through at once when everything is to be forgotten. */
const SLICE_INODES = 500;

export class KernelMemory {
  readonly #fd: number;
  readonly #board: WitnessBoard;
  readonly #page = createPage(PAGE_BYTES);

  constructor(fd: number, board: WitnessBoard) {
    this.#fd = fd;
    this.#board = board;
  }

  /** False: the kernel knows nothing of it, or does not know it yet, because the answer is on its way. */
  forget(notice: Notice): boolean {
    return notice.type === 'entry' ? this.#forgetEntry(notice) : this.#forgetInode(notice);
  }

  #forgetInode({ ino, withContent }: InodeNotice): boolean {
    const off = withContent ? 0 : ATTRIBUTES_ONLY;
    const values = { ino, off, len: 0 };
    return this.#send(
      encodeNotification(this.#page, NOTIFY.invalInode, NOTIFY_INVAL_INODE_OUT, values),
    );
  }

  #forgetEntry({ parent, name, isGentle }: EntryNotice): boolean {
    const bytes = Buffer.from(name);
    const flags = isGentle ? INVAL_ENTRY_EXPIRE : 0;
    const values = { parent, namelen: bytes.length, flags };
    return this.#send(
      encodeNotification(this.#page, NOTIFY.invalEntry, NOTIFY_INVAL_ENTRY_OUT, values, bytes),
    );
  }

  /** Has all names looked up again; false where the kernel is older than Linux 6.16, which cannot. */
  forgetNames(): boolean {
    try {
      return this.#send(encodeEmptyNotification(this.#page, NOTIFY.incEpoch));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EINVAL') return false;
      throw error;
    }
  }

  /**
   * Everything, in slices, between which `pause` lets others work. Names that are missing can be forgotten
   * only by `forgetNames`.
   */
  async forgetAll(pool: ReaderPool, pause: () => Promise<void>): Promise<void> {
    const hasForgottenNames = this.forgetNames();
    let after = 0;
    for (;;) {
      const inodes = pool.read((store) => store.inodes.numbersAfter(after, SLICE_INODES));
      const last = inodes.at(-1);
      if (last === undefined) return;
      after = last;
      for (const ino of inodes) {
        if (!this.#board.concerns(ino)) continue;
        this.forget({ type: 'inode', ino, withContent: true });
        if (!hasForgottenNames) this.#forgetNamesIn(pool, ino);
      }
      await pause();
    }
  }

  #forgetNamesIn(pool: ReaderPool, parent: InodeNotice['ino']): void {
    for (let after = ''; ; ) {
      const entries = pool.read((store) => store.dentries.list(parent, after, SLICE_INODES));
      for (const { name } of entries) {
        this.forget({ type: 'entry', parent, name, isGentle: true });
        after = name;
      }
      if (entries.length < SLICE_INODES) return;
    }
  }

  #send(length: number): boolean {
    try {
      writeSync(this.#fd, this.#page.buffer, 0, length);
      return true;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === UNKNOWN) return false;
      if (GONE.includes(code)) return true;
      throw error;
    }
  }
}
