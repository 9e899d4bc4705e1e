/** Run by the tests of this folder: another process that locks files of the same volume when asked to. */
import { type Lock, type LockMode, type LockOptions, openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import { increments } from './counter.js';

const volume = await openVolume(process.argv[2] as string, { busyTimeoutMs: 20_000 });
const held = new Map<string, Lock>();

answerParent({
  lock: async (name: string, path: string, options?: LockOptions) => {
    held.set(name, await volume.lock(path, options));
  },
  release: (name: string) => held.get(name)?.release(),
  increments: (path: string, count: number, callers: number) =>
    increments(volume, path, count, callers),
  /** Waits for a lock without answering, and says no more. */
  wait: (path: string, mode: LockMode) => {
    volume.lock(path, { mode }).catch(() => undefined);
  },
  /** Ends without closing anything. */
  exit: () => {
    setImmediate(() => process.exit(0));
  },
  end: () => volume.close(),
});
