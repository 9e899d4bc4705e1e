/**
 * `volume.lock`: an advisory lock of a file, held until it is released.
 *
 *   acquire ──command──▶ held ──release──▶ released
 *                │          ▲
 *                └▶ queue ──┘ the writer answers when the claim has become a lock
 */
import { threadId } from 'node:worker_threads';
import { FsError, type FsErrorPlace, VolumeError } from '../core/errors.js';
import { LOCK_RANGE_END } from '../core/limits.js';
import { describeValue, rejectUnknownOptions } from '../core/option-rules.js';
import type { LockAnswer, LockRequest } from '../ops/lock.js';
import { AbortError, throwIfAborted, validateAbortSignal } from './arguments/abort.js';
import { type PathLike, validatePath } from './arguments/path.js';
import { placeOf, textOrError } from './calls/place.js';
import { type WriteStep, writeStep } from './calls/step.js';
import type { DescriptorTable } from './descriptors.js';
import type { Runner } from './runner.js';

export type LockMode = 'shared' | 'exclusive';

export interface LockOptions {
  /** Any number of owners may hold a shared lock, or one an exclusive one. @defaultValue 'exclusive' */
  readonly mode?: LockMode | undefined;
  /** Wait in line for it; false: EAGAIN when it cannot be had at once. @defaultValue true */
  readonly wait?: boolean | undefined;
  /** Ends the waiting with an AbortError; then nothing is held. */
  readonly signal?: AbortSignal | undefined;
}

export interface LockHost {
  readonly runner: Runner;
  readonly descriptors: DescriptorTable;
}

const MODES: readonly unknown[] = ['shared', 'exclusive'] satisfies LockMode[];

let lastOwner = 0;

/** A name that no other lock of this process has. */
function newOwner(): string {
  lastOwner += 1;
  return `${threadId}.${lastOwner}`;
}

function invalid(name: string, value: unknown, expected: string): VolumeError {
  const shown = describeValue(value);
  return new VolumeError(
    'ERR_OPTION_INVALID',
    `Option '${name}' of \`lock\` must be ${expected}, got ${shown}.`,
  );
}

function checkOptions(options: LockOptions): { mode: LockMode; wait: boolean } {
  if (typeof options !== 'object' || options === null) {
    throw invalid('options', options, 'an object');
  }
  rejectUnknownOptions(options, ['mode', 'wait', 'signal']);
  const { mode = 'exclusive', wait = true, signal } = options;
  if (!MODES.includes(mode)) throw invalid('mode', mode, "'shared' or 'exclusive'");
  if (typeof wait !== 'boolean') throw invalid('wait', wait, 'true or false');
  validateAbortSignal(signal, 'options.signal');
  return { mode, wait };
}

/** A lock that is held. */
export class Lock implements AsyncDisposable {
  /** The path as it was given; the lock stays on the file when that is renamed. */
  readonly path: string;
  readonly mode: LockMode;
  readonly #unlock: () => Promise<void>;
  #releasing: Promise<void> | undefined;
  #isReleased = false;

  /** @internal Use `volume.lock`. */
  constructor(path: string, mode: LockMode, unlock: () => Promise<void>) {
    this.path = path;
    this.mode = mode;
    this.#unlock = unlock;
  }

  /** Whether it has been given up. */
  get released(): boolean {
    return this.#isReleased;
  }

  /**
   * Gives the lock up, after the writes that were asked for before; idempotent. Rejects with
   * ERR_LOCK_LOST when this process had lost it, because it did not run for so long that it was taken for
   * dead: somebody else may have held it meanwhile.
   */
  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async #release(): Promise<void> {
    try {
      await this.#unlock();
    } catch (error) {
      // What was not given up may be tried again.
      if (codeOf(error) !== 'ERR_LOCK_LOST') {
        this.#releasing = undefined;
        throw error;
      }
      this.#isReleased = true;
      throw error;
    }
    this.#isReleased = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release();
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

/** See `Volume.lock`. */
export async function acquireLock(
  host: LockHost,
  path: PathLike,
  options: LockOptions = {},
): Promise<Lock> {
  const given = validatePath(path);
  const { mode, wait } = checkOptions(options);
  throwIfAborted(options.signal);
  const place = placeOf('lock', given);
  const request: LockRequest = {
    kind: 'flock',
    owner: newOwner(),
    pid: process.pid,
    first: 0,
    last: LOCK_RANGE_END,
    exclusive: mode === 'exclusive',
    wait,
  };
  // A lock keeps its file as a handle does, and is bounded with them.
  if (!host.descriptors.promise()) throw new FsError('EMFILE', place);
  try {
    const claim = new Claim(host.runner, place, textOrError(given, place), request, options.signal);
    const ino = await claim.acquire();
    return new Lock(place.path ?? '', mode, () => releaseLock(host, claim, ino));
  } catch (error) {
    host.descriptors.giveBack();
    throw error;
  }
}

async function releaseLock({ descriptors }: LockHost, claim: Claim, ino: number): Promise<void> {
  let wasHeld = true;
  try {
    wasHeld = await claim.unlock(ino);
  } catch (error) {
    // Closing the volume gives up its locks.
    if (codeOf(error) !== 'ERR_VOLUME_CLOSED') throw error;
  }
  descriptors.giveBack();
  if (wasHeld) return;
  const { path } = claim.place;
  throw new VolumeError('ERR_LOCK_LOST', `The lock of '${path}' was lost before it was released.`, {
    path,
    hint: 'This process did not run for so long that it was taken for dead; look at the file anew.',
  });
}

/** One owner's way to a lock and back. */
class Claim {
  readonly place: FsErrorPlace;
  readonly #runner: Runner;
  readonly #target: string;
  readonly #request: LockRequest;
  readonly #signal: AbortSignal | undefined;

  constructor(
    runner: Runner,
    place: FsErrorPlace,
    target: string,
    request: LockRequest,
    signal: AbortSignal | undefined,
  ) {
    this.place = place;
    this.#runner = runner;
    this.#target = target;
    this.#request = request;
    this.#signal = signal;
  }

  /** Resolves with the inode when the lock is held. */
  async acquire(): Promise<number> {
    for (;;) {
      const answer = await this.#ask();
      const { ino, seq } = answer;
      const isHeld = seq === undefined || (await this.#waitInLine(answer.session, seq, ino));
      if (this.#signal?.aborted) {
        if (isHeld) await this.unlock(ino);
        throw new AbortError(this.#signal.reason);
      }
      // Otherwise this process was taken for dead, and has to join the line again.
      if (isHeld) return ino;
    }
  }

  #ask(): Promise<LockAnswer> {
    const { place } = this;
    const args = [this.#target, this.#request] as const;
    return this.#runner.run(() =>
      writeStep(place, 'lock', [...args], { signal: this.#signal, finish: (answer) => answer }),
    );
  }

  /** True when the claim has become a lock, false when it has left the line without. */
  #waitInLine(session: number, seq: number, ino: number): Promise<boolean> {
    const granted = this.#runner.writer().control({ type: 'awaitLock', session, seq });
    const signal = this.#signal;
    if (signal === undefined) return granted as Promise<boolean>;
    return new Promise((resolve, reject) => {
      let isAbandoned = false;
      const onAbort = (): void => {
        this.#leave(seq).catch((error: unknown) => {
          isAbandoned = true;
          reject(error);
        });
      };
      const settle = async (): Promise<void> => {
        try {
          const isHeld = (await granted) as boolean;
          resolve(isHeld);
          // It could not be taken out of the line, and nobody waits for it any more.
          if (isAbandoned && isHeld) await this.unlock(ino);
        } catch (error) {
          reject(error);
        } finally {
          signal.removeEventListener('abort', onAbort);
        }
      };
      void settle();
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #leave(seq: number): Promise<boolean> {
    return this.#surely(() =>
      writeStep(this.place, 'cancelLock', [seq], { finish: (left) => left }),
    );
  }

  /** Behind the writes of this thread; false when the lock was not held any more. */
  unlock(ino: number): Promise<boolean> {
    const { kind, owner, first, last } = this.#request;
    return this.#surely(() =>
      writeStep(this.place, 'unlock', [ino as never, kind, owner, first, last], {
        finish: (wasHeld) => wasHeld,
      }),
    );
  }

  /** What makes room for others is not refused because the queue is full: it waits for room. */
  async #surely<T>(make: () => WriteStep<T>): Promise<T> {
    for (;;) {
      try {
        return await this.#runner.run(make);
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'ERR_QUEUE_FULL' && code !== 'ERR_QUEUE_TIMEOUT') throw error;
        await this.#runner.writer().drained();
      }
    }
  }
}
