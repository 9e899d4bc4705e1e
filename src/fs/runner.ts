/**
 * Runs calls: asks the readers and the writer for what the steps say, and gives errors their place.
 *
 * Reads happen on the calling thread. A program that awaits one read after the other would never let
 * the event loop turn, because all its continuations are microtasks; so a turn is given away after
 * `SLICE_MS` of reading.
 *
 * `now` runs the same calls for a caller that waits on its thread: nothing in it needs the event loop.
 */
import { performance } from 'node:perf_hooks';
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import type { Lease, ReaderPool } from '../readers/pool.js';
import type { WriterClient } from '../writer/client.js';
import type { JobInput } from '../writer/outbox.js';
import type { Control } from '../writer/protocol.js';
import {
  type Call,
  type HoldStep,
  isSequence,
  type ReadStep,
  type Step,
  type StepSequence,
  type SyncStep,
  stepError,
  type TransactionStep,
  UNCERTAIN,
  type WriteStep,
} from './calls/step.js';
import { failureOf, jobOf } from './joint-change.js';

// Long enough to cost nothing, short enough that nobody notices: a tenth of a frame.
const SLICE_MS = 1.5;

export interface RunnerTarget {
  readonly pool: ReaderPool;
  /** Absent when the volume is open for reading only. */
  readonly writer: WriterClient | undefined;
  /** Throws when the volume is closed. */
  checkOpen(): void;
}

export class Runner {
  readonly #target: RunnerTarget;
  #sliceEndMs = 0;
  readonly #deferred: (() => void)[] = [];
  #isTurnExpected = false;

  constructor(target: RunnerTarget) {
    this.#target = target;
  }

  /** Makes a call and runs it; errors of its arguments reject. */
  run<T>(make: () => Call<T>): Promise<T> {
    try {
      const call = make();
      if (isSequence(call)) return this.#runSequence(call);
      return this.#runStep(call);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #runSequence<T>(sequence: StepSequence<T>): Promise<T> {
    let turn = sequence.next();
    while (!turn.done) {
      let answer: unknown;
      try {
        answer = await this.#runStep(turn.value);
      } catch (error) {
        turn = sequence.throw(error);
        continue;
      }
      turn = sequence.next(answer as never);
    }
    return turn.value;
  }

  #runStep<T>(step: Step<T>): Promise<T> {
    switch (step.kind) {
      case 'read':
        return this.#read(step);
      case 'write':
        return this.#write(step);
      case 'sync':
      case 'hold':
        return this.#ask(step) as Promise<T>;
      case 'transaction':
        return this.#apply(step) as Promise<T>;
      case 'view':
        return this.lease() as Promise<T>;
      case 'pause':
        return this.yieldTurn() as Promise<T>;
      case 'wait':
        return Promise.resolve(step.value as T);
      case 'local':
        return this.#local(step.run);
    }
  }

  async #local<T>(run: () => T): Promise<T> {
    return run();
  }

  #read<T>(step: ReadStep<T>): Promise<T> {
    if (this.#deferred.length > 0 || this.#mustYield()) return this.#defer(step);
    try {
      return Promise.resolve(this.readNow(step));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Puts a read behind the next turn of the event loop, and behind those that wait already. */
  #defer<T>(step: ReadStep<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#deferred.push(() => {
        try {
          resolve(this.readNow(step));
        } catch (error) {
          reject(error);
        }
      });
      this.#expectTurn();
    });
  }

  /** One marker per turn of the event loop, however many reads wait for it. */
  #expectTurn(): void {
    if (this.#isTurnExpected) return;
    this.#isTurnExpected = true;
    setImmediate(() => {
      this.#isTurnExpected = false;
      this.#sliceEndMs = 0;
      if (this.#deferred.length > 0) this.#runDeferred();
    });
  }

  /** A slice of the waiting reads, on one view: all were asked for before it is taken. */
  #runDeferred(): void {
    const untilMs = performance.now() + SLICE_MS;
    this.#sliceEndMs = untilMs;
    let done = 0;
    const runSlice = (): void => {
      do {
        this.#deferred[done]?.();
        done += 1;
      } while (done < this.#deferred.length && performance.now() < untilMs);
    };
    try {
      this.#target.pool.read(runSlice);
    } catch {
      // No view can be had (the volume is closed, the disk fails): each read finds that out itself.
      if (done === 0) runSlice();
    }
    this.#deferred.splice(0, done);
    this.#expectTurn();
  }

  /** Runs a read step on this thread at once. */
  readNow<T>(step: ReadStep<T>): T {
    try {
      this.#target.checkOpen();
      const { pool } = this.#target;
      if (step.find === undefined) return pool.read(step.read);
      const found = pool.find(step.find);
      return found === UNCERTAIN ? pool.read(step.read) : found;
    } catch (error) {
      throw stepError(step, error);
    }
  }

  #mustYield(): boolean {
    const nowMs = performance.now();
    if (this.#sliceEndMs === 0) {
      this.#sliceEndMs = nowMs + SLICE_MS;
      this.#expectTurn();
      return false;
    }
    return nowMs > this.#sliceEndMs;
  }

  /** Lets the event loop turn once. */
  yieldTurn(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }

  async #write<T>(step: WriteStep<T>): Promise<T> {
    try {
      return finished(step, await this.writer().submitJob(jobFor(step), step.signal));
    } catch (error) {
      throw stepError(step, error);
    }
  }

  async #apply({ steps, syscall }: TransactionStep): Promise<undefined> {
    try {
      await this.writer().submitJob(jobOf(steps));
      return undefined;
    } catch (error) {
      throw failureOf(steps, error, syscall).reason;
    }
  }

  /** What goes past the queue. Without a writer there is nobody to ask, and nothing that may change. */
  async #ask(step: SyncStep | HoldStep): Promise<unknown> {
    try {
      this.#target.checkOpen();
      const answer = await this.#target.writer?.control(controlFor(step));
      return answerOf(step, answer);
    } catch (error) {
      throw stepError(step, error);
    }
  }

  /** The way to the writer; EROFS on a volume that is open for reading only. */
  writer(): WriterClient {
    this.#target.checkOpen();
    const { writer } = this.#target;
    if (writer === undefined) throw errno('EROFS');
    return writer;
  }

  /** A file is no longer open here. */
  release(ino: Ino): void {
    this.#target.writer?.release(ino);
  }

  lease(): Promise<Lease> {
    this.#target.checkOpen();
    return this.#target.pool.lease();
  }

  // --- on this thread ----------------------------------------------------------------------------

  /** Runs a call to its end; the thread waits for the writer where it must. */
  now<T>(call: Call<T>): T {
    return isSequence(call) ? this.#sequenceNow(call) : this.#stepNow(call);
  }

  #sequenceNow<T>(sequence: StepSequence<T>): T {
    let turn = sequence.next();
    while (!turn.done) {
      let answer: unknown;
      try {
        answer = this.#stepNow(turn.value);
      } catch (error) {
        turn = sequence.throw(error);
        continue;
      }
      turn = sequence.next(answer as never);
    }
    return turn.value;
  }

  #stepNow<T>(step: Step<T>): T {
    switch (step.kind) {
      case 'read':
        return this.readNow(step);
      case 'write':
        return this.#writeNow(step);
      case 'sync':
      case 'hold':
        return this.#askNow(step) as T;
      case 'transaction':
        return this.#applyNow(step) as T;
      case 'view':
        this.#target.checkOpen();
        return this.#target.pool.view() as T;
      case 'pause':
        return undefined as T;
      case 'wait':
        return step.value as T;
      case 'local':
        return step.run();
    }
  }

  #writeNow<T>(step: WriteStep<T>): T {
    try {
      return finished(step, this.writer().submitJobSync(jobFor(step)));
    } catch (error) {
      throw stepError(step, error);
    }
  }

  #applyNow({ steps, syscall }: TransactionStep): undefined {
    try {
      this.writer().submitJobSync(jobOf(steps));
      return undefined;
    } catch (error) {
      throw failureOf(steps, error, syscall).reason;
    }
  }

  #askNow(step: SyncStep | HoldStep): unknown {
    try {
      this.#target.checkOpen();
      return answerOf(step, this.#target.writer?.controlSync(controlFor(step)));
    } catch (error) {
      throw stepError(step, error);
    }
  }
}

function jobFor(step: WriteStep<unknown>): JobInput {
  return { commands: [step], isTransaction: false, wantsResult: step.finish !== undefined };
}

function finished<T>({ finish }: WriteStep<T>, result: unknown): T {
  return finish === undefined ? (undefined as T) : finish(result as never);
}

function controlFor(step: SyncStep | HoldStep): Control {
  return step.kind === 'sync' ? { type: 'sync' } : { type: 'hold', ino: step.ino };
}

/**
 * A hold answers whether the inode is still there. Without a writer nobody here can unlink it; another
 * process may, and then reads fail.
 */
function answerOf(step: SyncStep | HoldStep, answer: unknown): unknown {
  if (step.kind === 'sync') return undefined;
  return answer ?? true;
}
