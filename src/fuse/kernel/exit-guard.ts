/**
 * No process ends with a mount, and none hangs at its end because of one: a thread that is blocked in a
 * read of /dev/fuse cannot be ended but by the end of the mount.
 *
 *   process.exit, the end of the event loop, an uncaught exception ──▶ every mount ends, synchronously
 *   SIGINT, SIGTERM, SIGHUP, and nobody else listens ──▶ every mount ends, drained; then the signal ends
 *                                                        the process, as it would have
 *
 * A program that listens for a signal itself decides what it means: `volume.close()`, or nothing at all.
 * SIGKILL leaves a mount that answers ENOTCONN, which the next mount at the directory clears away.
 */
import type { Volume } from '../../volume/volume.js';

export interface GuardedMount {
  readonly volume: Volume;
  readonly handlesSignals: boolean;
  /** Ends it before this call returns, whoever uses it. */
  endNow(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

const mounts = new Set<GuardedMount>();
const listeners = new Map<Signal, () => void>();
let isEnding = false;

export function guard(mount: GuardedMount): void {
  if (mounts.size === 0) process.on('exit', endAllNow);
  mounts.add(mount);
  updateSignals();
}

export function unguard(mount: GuardedMount): void {
  if (!mounts.delete(mount)) return;
  if (mounts.size === 0) process.off('exit', endAllNow);
  updateSignals();
}

/** Listened for only while needed: a listener keeps Node from ending the process. */
function updateSignals(): void {
  const isWanted = [...mounts].some(({ handlesSignals }) => handlesSignals);
  for (const signal of SIGNALS) {
    const listener = listeners.get(signal);
    if (isWanted && listener === undefined) {
      const own = (): void => onSignal(signal);
      listeners.set(signal, own);
      process.on(signal, own);
    } else if (!isWanted && listener !== undefined && !isEnding) {
      listeners.delete(signal);
      process.off(signal, listener);
    }
  }
}

function endAllNow(): void {
  for (const mount of mounts) mount.endNow();
}

function onSignal(signal: Signal): void {
  if (process.listenerCount(signal) > 1) return;
  if (isEnding) {
    endAllNow();
    die(signal);
    return;
  }
  isEnding = true;
  const volumes = new Set([...mounts].map(({ volume }) => volume));
  const closings = [...volumes].map((volume) => volume.close());
  void Promise.allSettled(closings).then(() => die(signal));
}

/** As if nobody had listened. */
function die(signal: Signal): void {
  const listener = listeners.get(signal);
  if (listener !== undefined) process.off(signal, listener);
  process.kill(process.pid, signal);
}
