/** Threads that are attached to a volume, for one test. */
import type { WorkerOptions } from 'node:worker_threads';
import type { Volume } from '#src/index.js';
import { startThread, type Thread } from '../support/thread.js';

const ENTRY = new URL('./attached-thread.js', import.meta.url);

/** A thread that has attached nothing yet. */
export function startIdleThread(options?: WorkerOptions): Thread {
  return startThread(ENTRY, options);
}

/** Runs `fn` with `count` attached threads; those that still run afterwards are ended. */
export async function withThreads<T>(
  volume: Volume,
  count: number,
  fn: (...threads: Thread[]) => Promise<T>,
): Promise<T> {
  const threads = Array.from({ length: count }, () => startIdleThread());
  try {
    await Promise.all(threads.map((thread) => thread.ask('attach', volume.connect())));
    return await fn(...threads);
  } finally {
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }
}

/** A cell of shared memory for threads to signal with. */
export function createCell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

/** Ways to the writer, the volume's own included. */
export function clientsOf(volume: Volume): number {
  return volume.counters().writer?.clients ?? 0;
}
