/**
 * Runs calls: asks the readers and the writer for what the steps say, and gives errors their place.
 *
 * Reads happen on the calling thread. A program that awaits one read after the other would never let
 * the event loop turn, because all its continuations are microtasks; so a turn is given away after
 * `SLICE_MS` of reading.
 */
import { performance } from 'node:perf_hooks';
import { errno } from '../core/errno.js';
import type { Ino } from '../core/ino.js';
import type { Lease, ReaderPool } from '../readers/pool.js';
import type { WriterClient } from '../writer/client.js';
import type { JobInput } from '../writer/outbox.js';
import {
  type Call,
  isSequence,
  type Step,
  type StepSequence,
  stepError,
  type WriteStep,
} from './calls/step.js';

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
        return this.#sync(step) as Promise<T>;
      case 'hold':
        return this.#hold(step, step.ino) as Promise<T>;
    }
  }

  #read<T>(step: Step<T> & { kind: 'read' }): Promise<T> {
    if (this.#deferred.length > 0 || this.#mustYield()) return this.#defer(step);
    try {
      return Promise.resolve(this.readNow(step));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Puts a read behind the next turn of the event loop, and behind those that wait already. */
  #defer<T>(step: Step<T> & { kind: 'read' }): Promise<T> {
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
  readNow<T>(step: Step<T> & { kind: 'read' }): T {
    try {
      this.#target.checkOpen();
      return this.#target.pool.read(step.read);
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
      const { finish } = step;
      const job: JobInput = {
        commands: [step],
        isTransaction: false,
        wantsResult: finish !== undefined,
      };
      const result = await this.writer().submitJob(job, step.signal);
      return finish === undefined ? (undefined as T) : finish(result as never);
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

  async #sync(step: Step<unknown>): Promise<undefined> {
    try {
      this.#target.checkOpen();
      await this.#target.writer?.control({ type: 'sync' });
      return undefined;
    } catch (error) {
      throw stepError(step, error);
    }
  }

  async #hold(step: Step<unknown>, ino: Ino): Promise<boolean> {
    try {
      this.#target.checkOpen();
      // Without a writer nobody here can unlink; another process may, and then reads fail.
      if (this.#target.writer === undefined) return true;
      return (await this.#target.writer.control({ type: 'hold', ino })) as boolean;
    } catch (error) {
      throw stepError(step, error);
    }
  }

  /** A file is no longer open here. */
  release(ino: Ino): void {
    this.#target.writer?.release(ino);
  }

  lease(): Promise<Lease> {
    this.#target.checkOpen();
    return this.#target.pool.lease();
  }
}
