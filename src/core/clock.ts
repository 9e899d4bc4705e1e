/**
 * Time of the filesystem: seconds and nanoseconds since 1970, apart, because a JS number cannot hold
 * nanoseconds and bigints cost more than the statement that stores them.
 */
import { performance } from 'node:perf_hooks';

export interface Timestamp {
  /** Whole seconds since 1970, negative before. */
  readonly sec: number;
  /** 0 to 999,999,999. */
  readonly nsec: number;
}

const NS_PER_MS = 1_000_000;
const MS_PER_SEC = 1000;

export type Clock = () => Timestamp;

/**
 * Wall clock that never steps back within a process. `Date.now()` has milliseconds; the fraction comes
 * from the monotonic clock, so that two changes within a millisecond are still in order.
 */
export function createClock(
  dateNowMs: () => number = Date.now,
  monotonicMs: () => number = () => performance.now(),
): Clock {
  let last: Timestamp = { sec: 0, nsec: 0 };
  let dateMs = 0;
  let monotonicAtDate = 0;
  return () => {
    const ms = dateNowMs();
    const monotonic = monotonicMs();
    if (ms !== dateMs) {
      dateMs = ms;
      monotonicAtDate = monotonic;
    }
    const subMs = Math.min(monotonic - monotonicAtDate, 0.999999);
    const sec = Math.floor(ms / MS_PER_SEC);
    const nsec = Math.floor((ms - sec * MS_PER_SEC + subMs) * NS_PER_MS);
    if (sec > last.sec || (sec === last.sec && nsec > last.nsec)) last = { sec, nsec };
    return last;
  };
}

/** From Node's floating seconds, cut to microseconds as libuv does. */
export function timestampFromSeconds(seconds: number): Timestamp {
  // libuv: truncation to whole seconds, fraction in nanoseconds, cut to microseconds, made positive.
  let sec = Math.trunc(seconds);
  let nsec = Math.trunc((seconds - sec) * 1e9);
  nsec -= nsec % 1000;
  if (nsec < 0) {
    nsec += 1e9;
    sec -= 1;
  }
  return { sec, nsec };
}

export function timestampFromNs(ns: bigint): Timestamp {
  const billion = 1_000_000_000n;
  const nsec = ((ns % billion) + billion) % billion;
  return { sec: Number((ns - nsec) / billion), nsec: Number(nsec) };
}
