/**
 * A standstill that another thread asks for: while it works, nobody commits, in no process. The writer
 * keeps SQLite's write lock for it; the thread may do with connections of its own what needs no such lock:
 * begin views, and move the log into the database file.
 *
 *   thread                              writer thread
 *   WAITING, control 'standStill' ────▶ takes the write lock
 *                                 ◀──── GO, with the number of the last commit
 *   works; `isHeld` tells at any time
 *   DONE ─────────────────────────────▶ lets go of the lock, goes on
 *
 * The writer waits at most as long as it was told. A thread that is slower finds that it is not held any
 * more: what it has looked at since the last time it was, may have changed under its hands.
 */
import { setImmediate } from 'node:timers/promises';
import { VolumeError } from '../core/errors.js';

const STATE = 0;
const WAITING = 0;
const GO = 1;
const DONE = 2;
/** The writer waits no longer. */
const ABANDONED = 3;
/** The thread waits no longer. */
const WITHDRAWN = 4;

/** Longest wait for the writer to stand still, in milliseconds: a batch, or the lock of another process. */
const WRITER_WAIT_MAX_MS = 15_000;
const LOOK_EVERY_MS = 20;
const ATTEMPTS = 3;

const STATE_BYTES = 8;
const COMMIT = 0;

export interface Standstill {
  /** Number of the last commit, which no other one follows while `isHeld`. */
  readonly commit: number;
  isHeld(): boolean;
}

/** The way to the writer. */
export interface StandstillClient {
  control(control: {
    readonly type: 'standStill';
    readonly cells: SharedArrayBuffer;
    readonly maxMs: number;
  }): Promise<unknown>;
}

function stateOf(cells: SharedArrayBuffer): Int32Array {
  return new Int32Array(cells, 0, 1);
}

function commitOf(cells: SharedArrayBuffer): Float64Array {
  return new Float64Array(cells, STATE_BYTES, 1);
}

/**
 * Runs `work` while nobody commits, for at most `maxMs`. Rejects with what keeps the writer from standing
 * still: ERR_VOLUME_BUSY when another process kept the lock or commits all the time. Whether `work` was
 * done in time it has to ask itself.
 */
export async function duringStandstill<T>(
  client: StandstillClient,
  path: string,
  maxMs: number,
  work: (still: Standstill) => T,
): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const done = await tryDuringStandstill(client, maxMs, work);
    if (done !== undefined) return done.result;
  }
  throw new VolumeError('ERR_VOLUME_BUSY', `The writer of '${path}' could not stand still.`, {
    path,
    hint: 'Other processes commit all the time, or the machine is overloaded; it is tried again.',
  });
}

/** Undefined when this thread came too late, or the writer could not say which commit is the last. */
async function tryDuringStandstill<T>(
  client: StandstillClient,
  maxMs: number,
  work: (still: Standstill) => T,
): Promise<{ readonly result: T } | undefined> {
  const cells = new SharedArrayBuffer(STATE_BYTES + Float64Array.BYTES_PER_ELEMENT);
  const state = stateOf(cells);
  let isAnswered = false;
  let refusal: unknown;
  client.control({ type: 'standStill', cells, maxMs }).then(
    () => {
      isAnswered = true;
    },
    (error: unknown) => {
      isAnswered = true;
      refusal = error;
    },
  );
  await awaitWriter(state, () => isAnswered);
  if (Atomics.compareExchange(state, STATE, WAITING, WITHDRAWN) !== GO) {
    if (refusal !== undefined) throw refusal;
    return undefined;
  }
  try {
    const isHeld = (): boolean => Atomics.load(state, STATE) === GO;
    return { result: work({ commit: commitOf(cells)[COMMIT] as number, isHeld }) };
  } finally {
    if (Atomics.compareExchange(state, STATE, GO, DONE) === GO) Atomics.notify(state, STATE);
  }
}

/**
 * Asleep nearly all the time, because an event loop wakes up later; and in between it has a turn, so that a
 * refusal is heard. An answer that comes before GO is one.
 */
async function awaitWriter(state: Int32Array, isAnswered: () => boolean): Promise<void> {
  const untilMs = performance.now() + WRITER_WAIT_MAX_MS;
  while (!isAnswered() && performance.now() < untilMs) {
    Atomics.wait(state, STATE, WAITING, LOOK_EVERY_MS);
    if (Atomics.load(state, STATE) !== WAITING) return;
    await setImmediate();
  }
}

/** On the writer thread, while it has the write lock: lets the thread of `cells` work. */
export function letWork(cells: SharedArrayBuffer, commit: number, maxMs: number): boolean {
  const state = stateOf(cells);
  commitOf(cells)[COMMIT] = commit;
  if (Atomics.compareExchange(state, STATE, WAITING, GO) !== WAITING) return false;
  Atomics.notify(state, STATE);
  Atomics.wait(state, STATE, GO, maxMs);
  return Atomics.compareExchange(state, STATE, GO, ABANDONED) === DONE;
}
