/**
 * Preloaded (`node --import`) into a program to learn its peak RSS: on exit the main thread writes
 * it, in bytes, to the file `CABINET_BENCH_PEAK` names.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
import { peakBytes } from '../harness/peak.js';

const target = process.env.CABINET_BENCH_PEAK;

// The flag is inherited by worker threads; RSS belongs to the process, one report is enough.
if (isMainThread && target !== undefined) {
  process.on('exit', () => writeFileSync(target, String(peakBytes())));
}
