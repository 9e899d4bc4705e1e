/** How a mount is doing, in one line on the standard error output, when that is a terminal. */
import type { Volume, VolumeMount } from '../index.js';
import { counted, humanBytes, humanCount } from './format.js';
import type { Output } from './output.js';

export interface StatusLine {
  /** Something else is about to be written. */
  clear(): void;
  stop(): void;
}

const SILENT: StatusLine = { clear: () => undefined, stop: () => undefined };
const EVERY_MS = 1000;
const CLEAR = '\r\u001b[K';

/** One line a second; silent unless a person looks at it. */
export function startStatusLine(volume: Volume, mount: VolumeMount, output: Output): StatusLine {
  if (output.json || output.quiet || !process.stderr.isTTY) return SILENT;
  let before = mount.requests;
  let beforeMs = performance.now();
  const timer = setInterval(() => {
    const { requests } = mount;
    const nowMs = performance.now();
    const perSecond = Math.round(((requests - before) * 1000) / (nowMs - beforeMs));
    before = requests;
    beforeMs = nowMs;
    const line = statusText(volume, mount, perSecond);
    process.stderr.write(`${CLEAR}${line.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }, EVERY_MS);
  const clear = (): void => {
    process.stderr.write(CLEAR);
  };
  return {
    clear,
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}

/** `1,234 requests/s  queue 3  log 4.2 MiB  12 files open  healthy` */
export function statusText(volume: Volume, mount: VolumeMount, perSecond: number): string {
  if (mount.state !== 'mounted') return mount.state;
  const { status, checks } = volume.health();
  const writer = volume.state === 'open' ? volume.counters().writer : null;
  const parts = [
    `${humanCount(perSecond)} requests/s`,
    `queue ${checks.queueDepth.value ?? 0}`,
    `log ${humanBytes(Number(checks.wal.value ?? 0))}`,
    ...(writer === null ? [] : [`${counted(writer.openFiles, 'file')} open`]),
    ...(mount.errors > 0 ? [counted(mount.errors, 'error')] : []),
    status,
  ];
  return parts.join('  ');
}
