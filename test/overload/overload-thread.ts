/** A thread of an overloaded volume. */
import { attachVolume, type Volume } from '#src/index.js';
import type { VolumeHandle } from '#src/volume/handle.js';
import { answerOpener } from '../support/thread.js';

let volume: Volume | undefined;
let lost = 0;

function attached(): Volume {
  if (volume === undefined) throw new Error('no volume is attached');
  return volume;
}

const BIG_BYTES = 1024 * 1024;
const BIG_AT_ONCE = 32;

answerOpener({
  attach: (handle: VolumeHandle) => {
    volume = attachVolume(handle);
  },
  close: () => attached().close(),
  listen: async () => {
    const onLost = (): void => {
      lost += 1;
    };
    await attached().subscribe(() => undefined, { onLost });
  },
  lost: () => lost,
  block: (release: Int32Array, blocked: Int32Array) => {
    Atomics.store(blocked, 0, 1);
    while (Atomics.load(release, 0) === 0) Atomics.wait(release, 0, 0, 10);
  },
  /** Counts its writes at `index` of the board, until the last cell is not 0. */
  writeUntil: async (board: Int32Array, index: number) => {
    const { promises } = attached().fs;
    const write = async (caller: number): Promise<void> => {
      while (Atomics.load(board, board.length - 1) === 0) {
        await promises.writeFile(`/thread${index}-${caller}`, String(caller));
        Atomics.add(board, index, 1);
      }
    };
    await Promise.all(Array.from({ length: 50 }, (_, caller) => write(caller)));
  },
  /** Many big writes at once, without a pause: counts them in the first cell, until the second is not 0. */
  writeBigUntil: async (board: Int32Array) => {
    const { promises } = attached().fs;
    const content = Buffer.alloc(BIG_BYTES, 'big');
    const write = async (caller: number): Promise<void> => {
      while (Atomics.load(board, 1) === 0) {
        await promises.writeFile(`/big${caller}`, content);
        Atomics.add(board, 0, 1);
      }
    };
    await Promise.all(Array.from({ length: BIG_AT_ONCE }, (_, caller) => write(caller)));
  },
});
