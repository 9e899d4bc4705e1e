/** Run by threads.test.ts: a thread that locks files of a volume that it is attached to. */
import { attachVolume, type Lock, type LockOptions, type Volume } from '#src/index.js';
import { answerOpener } from '../support/thread.js';
import { increments } from './counter.js';

let volume: Volume;
const held = new Map<string, Lock>();

answerOpener({
  attach: (handle: Parameters<typeof attachVolume>[0]) => {
    volume = attachVolume(handle);
  },
  lock: async (path: string, options?: LockOptions) => {
    held.set(path, await volume.lock(path, options));
  },
  increments: (path: string, count: number) => increments(volume, path, count, 3),
  close: () => volume.close(),
  exit: () => process.exit(0),
});
