/** A short sleep of the writer's thread. */

const PAUSE_MAX_MS = 0.2;
const pauseCell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Waits for company, at most `ms`; a short sleep, because ports cannot be waited on. */
export function pause(ms: number): void {
  if (ms > 0) Atomics.wait(pauseCell, 0, 0, Math.min(ms, PAUSE_MAX_MS));
}
