/**
 * Preloaded (`node --import`) into a program to learn its peak RSS: on exit the main thread writes
 * it, in bytes, to the file `CABINET_BENCH_PEAK` names.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const KIB = 1024;
const target = process.env.CABINET_BENCH_PEAK;

// The flag is inherited by worker threads; RSS belongs to the process, one report is enough.
if (isMainThread && target !== undefined) {
  process.on('exit', () => writeFileSync(target, String(peakBytes())));
}

function peakBytes(): number {
  // On Linux `maxRSS` survives exec, so a child of a big process would report its parent's peak.
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * KIB;
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(line?.[1]) * KIB;
}
