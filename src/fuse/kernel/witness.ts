/** The witness of a mount, as the thread that mounted sees it; `witness-thread.ts` is what it does. */
import { Worker } from 'node:worker_threads';
import { programUrl } from '../../core/programs.js';
import { WitnessBoard } from '../../core/witness-board.js';
import type { WriteBehindWire } from '../../core/write-behind.js';
import type { VolumeHandle } from '../../volume/handle.js';
import type { WitnessThreadInput } from './witness-thread.js';

/** A witness that dies is replaced; what has killed so many of them would kill the next one, too. */
const REPLACEMENTS_MAX = 3;

export interface MountWitnessOptions {
  readonly fd: number;
  readonly mountId: string;
  /** What the kernel remembers, which the serving threads note. */
  readonly board: SharedArrayBuffer;
  readonly behind: WriteBehindWire;
  connect(): VolumeHandle;
  /** It has died; nothing is remembered until there is another one. */
  onError(error: unknown): void;
}

export class MountWitness {
  readonly #options: MountWitnessOptions;
  readonly #board: WitnessBoard;
  #worker: Worker | undefined;
  #ready: Promise<void>;
  #ended: Promise<void> = Promise.resolve();
  #isStopping = false;
  #replacements = 0;

  constructor(options: MountWitnessOptions) {
    this.#options = options;
    this.#board = new WitnessBoard(options.board);
    this.#board.hasOthers = true;
    this.#ready = this.#start(options.connect());
  }

  /** Resolves when it is told of changes; rejects when it cannot be. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** Resolves when its thread has left the volume. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // The process stays alive until it has left.
    this.#worker?.ref();
    this.#worker?.postMessage('stop');
    await this.#ended;
    // Nothing is taken back any more.
    this.#board.hasOthers = true;
  }

  #start(volume: VolumeHandle): Promise<void> {
    const { fd, mountId, board, behind } = this.#options;
    const isReplacement = this.#replacements > 0;
    const input: WitnessThreadInput = { fd, volume, mountId, board, behind, isReplacement };
    const worker = new Worker(programUrl('fuse/kernel/witness-thread'), {
      workerData: input,
      transferList: volume.transferList,
      name: 'cabinetfs witness',
    });
    worker.unref();
    this.#worker = worker;
    let reason: unknown;
    worker.on('error', (error) => {
      reason = error;
    });
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', () => resolve());
    });
    this.#ended = ended.then(() => this.#noteEnd(reason));
    const ready = new Promise<void>((resolve, reject) => {
      // It says only that it is ready.
      worker.on('message', () => resolve());
      void ended.then(() => reject(reason ?? new Error('The witness has ended.')));
    });
    ready.catch(() => undefined);
    return ready;
  }

  /** What the kernel remembers is not taken back any more: it must remember nothing new. */
  #noteEnd(reason: unknown): void {
    if (this.#isStopping) return;
    this.#board.hasOthers = true;
    this.#options.onError(reason);
    this.#replacements += 1;
    if (this.#replacements > REPLACEMENTS_MAX) return;
    try {
      this.#ready = this.#start(this.#options.connect());
    } catch (error) {
      // The volume is being closed, and the mount with it.
      this.#options.onError(error);
    }
  }
}
