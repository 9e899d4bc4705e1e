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
import type { OperationMeter } from '../core/operation-meter.js';
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
  /** Counts what is asked; absent when nobody wants to know. */
  readonly meter?: OperationMeter | undefined;
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
    const { meter } = this.#target;
    if (meter === undefined) return this.#readStep(step);
    const startedMs = meter.startRead();
    let result: T;
    try {
      result = this.#readStep(step);
    } catch (error) {
      meter.failed(operationOf(step), startedMs, error);
      throw error;
    }
    meter.done(operationOf(step), startedMs);
    return result;
  }

  #readStep<T>(step: ReadStep<T>): T {
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
    const startedMs = this.#start();
    try {
      const result = finished(step, await this.writer().submitJob(jobFor(step), step.signal));
      this.#target.meter?.done(step.name, startedMs);
      return result;
    } catch (error) {
      throw this.#failed(step.name, startedMs, stepError(step, error));
    }
  }

  async #apply(step: TransactionStep): Promise<undefined> {
    const startedMs = this.#start();
    try {
      await this.writer().submitJob(jobOf(step.steps));
      this.#target.meter?.done(step.syscall, startedMs);
      return undefined;
    } catch (error) {
      const { reason } = failureOf(step.steps, error, step.syscall);
      throw this.#failed(step.syscall, startedMs, reason);
    }
  }

  // --- what is counted ---------------------------------------------------------------------------

  /** Counts something that takes its own way to the writer as an operation. */
  async metered<T>(name: string, work: () => Promise<T>): Promise<T> {
    const startedMs = this.#start();
    try {
      const result = await work();
      this.#target.meter?.done(name, startedMs);
      return result;
    } catch (error) {
      throw this.#failed(name, startedMs, error);
    }
  }

  #start(): number {
    return this.#target.meter?.start() ?? 0;
  }

  /** Counts the error, and gives it back to be thrown. */
  #failed(name: string, startedMs: number, error: unknown): unknown {
    this.#target.meter?.failed(name, startedMs, error);
    return error;
  }

  // --- past the queue ----------------------------------------------------------------------------

  /** What goes past the queue. Without a writer there is nobody to ask, and nothing that may change. */
  async #ask(step: SyncStep | HoldStep): Promise<unknown> {
    const startedMs = this.#start();
    try {
      this.#target.checkOpen();
      const answer = await this.#target.writer?.control(controlFor(step));
      this.#asked(step, startedMs);
      return answerOf(step, answer);
    } catch (error) {
      throw this.#failed(step.syscall, startedMs, stepError(step, error));
    }
  }

  /** A hold is the second half of an `open` for reading, which has been counted. */
  #asked(step: SyncStep | HoldStep, startedMs: number): void {
    if (step.kind === 'sync') this.#target.meter?.done(step.syscall, startedMs);
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
    const startedMs = this.#start();
    try {
      const result = finished(step, this.writer().submitJobSync(jobFor(step)));
      this.#target.meter?.done(step.name, startedMs);
      return result;
    } catch (error) {
      throw this.#failed(step.name, startedMs, stepError(step, error));
    }
  }

  #applyNow({ steps, syscall }: TransactionStep): undefined {
    const startedMs = this.#start();
    try {
      this.writer().submitJobSync(jobOf(steps));
      this.#target.meter?.done(syscall, startedMs);
      return undefined;
    } catch (error) {
      throw this.#failed(syscall, startedMs, failureOf(steps, error, syscall).reason);
    }
  }

  #askNow(step: SyncStep | HoldStep): unknown {
    const startedMs = this.#start();
    try {
      this.#target.checkOpen();
      const answer = this.#target.writer?.controlSync(controlFor(step));
      this.#asked(step, startedMs);
      return answerOf(step, answer);
    } catch (error) {
      throw this.#failed(step.syscall, startedMs, stepError(step, error));
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

/** What a read is called where it is counted. */
function operationOf(step: ReadStep<unknown>): string {
  return step.operation ?? step.syscall;
}
