/**
 * The thread that has the kernel forget what others change: clients of the library, other mounts, other
 * processes. It is a witness of the writer (`writer/witnesses.ts`): who changes something through the
 * library is answered when the kernel has been told.
 *
 *   commit by others ──witness message──▶ notices to the kernel ──seen──▶ the writer answers
 *   bytes that wait for company in a commit ──written every LOOK_EVERY_MS, if nobody asks for them before
 *   another process enters the volume ──noticed every LOOK_EVERY_MS──▶ everything is forgotten, and
 *                                       nothing is remembered until it has left
 */
import { setImmediate as pause } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Change } from '../../core/change.js';
import type { Ino } from '../../core/ino.js';
import { WitnessBoard } from '../../core/witness-board.js';
import { WriteBehind, type WriteBehindWire } from '../../core/write-behind.js';
import { attachVolume } from '../../volume/attach.js';
import type { VolumeHandle } from '../../volume/handle.js';
import type { Volume } from '../../volume/volume.js';
import { noticesOf } from '../invalidation.js';
import { OtherProcesses } from '../other-processes.js';
import { KernelMemory } from './kernel-memory.js';

export interface WitnessThreadInput {
  /** Descriptor of /dev/fuse, which belongs to the whole process. */
  readonly fd: number;
  readonly volume: VolumeHandle;
  /** Of the mount; its serving threads share it. */
  readonly mountId: string;
  readonly board: SharedArrayBuffer;
  /** What the mount has taken from programs. */
  readonly behind: WriteBehindWire;
  /** Another witness has died: what the kernel was not told of then is to be forgotten. */
  readonly isReplacement: boolean;
}

/** To the thread that mounted: the writer knows this witness. */
export const READY = 'ready';
/** How often other processes are looked for, and what is pending is written, in milliseconds. */
export const LOOK_EVERY_MS = 50;
/** What the kernel did not know yet is told again after so long, in milliseconds. */
const AGAIN_AFTER_MS = [1, 4, 16];

class Witness {
  readonly #volume: Volume;
  readonly #board: WitnessBoard;
  readonly #memory: KernelMemory;
  readonly #behind: WriteBehind;
  readonly #others: OtherProcesses;
  readonly #isReplacement: boolean;
  /**
   * Inodes that an answer on its way to the kernel may be about, read before they changed: they are told
   * again until the kernel knows them, or it is sure that it does not.
   */
  readonly #unsure = new Set<Ino>();
  #arePresent = false;
  #isForgetting = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(volume: Volume, { fd, board, behind, mountId, isReplacement }: WitnessThreadInput) {
    this.#isReplacement = isReplacement;
    this.#volume = volume;
    this.#board = new WitnessBoard(board);
    this.#behind = new WriteBehind(behind);
    this.#memory = new KernelMemory(fd, this.#board);
    this.#others = new OtherProcesses(volume.internals.pool, volume.internals.writer);
    const { writer } = volume.internals;
    if (writer !== undefined) {
      writer.changes.onWitness = (changes, seq) => {
        this.#tell(changes);
        writer.postControl({ type: 'seen', seq }, () => undefined);
      };
      writer.controlSync({ type: 'witness', group: mountId, board });
    }
  }

  /** Nothing is remembered before. */
  async start(): Promise<void> {
    this.#arePresent = this.#others.look().arePresent;
    if (this.#isReplacement) await this.#forgetAll();
    else this.#noteOthers();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tell(changes: readonly Change[]): void {
    for (const change of changes) {
      for (const notice of noticesOf(change, (ino) => this.#board.concerns(ino))) {
        const isKnown = this.#memory.forget(notice);
        if (!isKnown && notice.type === 'inode') this.#unsure.add(notice.ino);
      }
    }
    if (this.#unsure.size > 0) void this.#tellAgain();
  }

  async #tellAgain(): Promise<void> {
    for (const afterMs of AGAIN_AFTER_MS) {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      this.#tellUnsure();
      if (this.#unsure.size === 0) return;
    }
  }

  #tellUnsure(): void {
    for (const ino of [...this.#unsure]) {
      const isKnown = this.#memory.forget({ type: 'inode', ino, withContent: true });
      if (isKnown || !this.#board.concerns(ino)) this.#unsure.delete(ino);
    }
  }

  #look(): void {
    // When the volume is closed, this thread's part of it closes by itself; the mount ends, too.
    if (this.#volume.internals.pool.isClosed) return;
    this.#tellUnsure();
    if (this.#behind.hasPending) this.#volume.internals.writer?.nudge();
    const { hasCome, arePresent } = this.#others.look();
    this.#arePresent = arePresent;
    if (hasCome) void this.#forgetAll();
    else if (!this.#isForgetting) this.#noteOthers();
  }

  /** Twice: what was being answered meanwhile may have come to the kernel after the first time. */
  async #forgetAll(): Promise<void> {
    if (this.#isForgetting) return;
    this.#isForgetting = true;
    // First: what is answered from now on is not remembered.
    this.#board.hasOthers = true;
    try {
      await this.#memory.forgetAll(this.#volume.internals.pool, pause);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      await this.#memory.forgetAll(this.#volume.internals.pool, pause);
    } finally {
      this.#isForgetting = false;
      this.#noteOthers();
    }
  }

  /** What the writer had told before others came is not so any more when they have left. */
  #noteOthers(): void {
    if (this.#board.hasOthers && !this.#arePresent) this.#volume.internals.inodes.expire();
    this.#board.hasOthers = this.#arePresent;
  }
}

async function run(input: WitnessThreadInput): Promise<void> {
  const volume = attachVolume(input.volume);
  const witness = new Witness(volume, input);
  const told = new Promise((resolve) => parentPort?.once('message', resolve));
  await witness.start();
  parentPort?.postMessage(READY);
  await told;
  witness.stop();
  await volume.close();
}

await run(workerData as WitnessThreadInput);
