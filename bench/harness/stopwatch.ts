/** Wall-clock time of the timed part of a run. */

export interface Stopwatch {
  /** Seconds since it was started. */
  seconds(): number;
}

export function startStopwatch(): Stopwatch {
  const startedAtMs = performance.now();
  return { seconds: () => (performance.now() - startedAtMs) / 1000 };
}
