/**
 * Transactions: a list of changes, recorded without waiting and applied as one.
 *
 * The methods are the writing functions of the face with the same arguments; they return nothing,
 * because nothing has happened yet.
 */
import { VolumeError } from '../core/errors.js';
import { validateInteger } from './arguments/integers.js';
import { decodePath } from './arguments/path.js';
import * as directories from './calls/directories.js';
import * as files from './calls/files.js';
import * as links from './calls/links.js';
import * as metadata from './calls/metadata.js';
import { rm } from './calls/remove.js';
import * as special from './calls/special.js';
import { type CallEnvironment, type WriteStep, writeStep } from './calls/step.js';
import { failureOf, jobOf } from './joint-change.js';
import type { Runner } from './runner.js';

type Args<F> = F extends (env: CallEnvironment, ...args: infer A) => unknown ? A : never;

export interface Transaction {
  appendFile(path: unknown, data: unknown, options?: unknown): void;
  chmod(...args: Args<typeof metadata.chmod>): void;
  chown(...args: Args<typeof metadata.chown>): void;
  copyFile(...args: Args<typeof files.copyFile>): void;
  lchown(...args: Args<typeof metadata.lchown>): void;
  link(...args: Args<typeof links.link>): void;
  lutimes(...args: Args<typeof metadata.lutimes>): void;
  mkdir(...args: Args<typeof directories.mkdir>): void;
  mknod(...args: Args<typeof special.mknod>): void;
  removeXattr(...args: Args<typeof special.removeXattr>): void;
  rename(...args: Args<typeof links.rename>): void;
  rm(...args: Args<typeof rm>): void;
  rmdir(...args: Args<typeof directories.rmdir>): void;
  setXattr(...args: Args<typeof special.setXattr>): void;
  symlink(...args: Args<typeof links.symlink>): void;
  truncate(path: unknown, length?: unknown, options?: unknown): void;
  unlink(...args: Args<typeof links.unlink>): void;
  utimes(...args: Args<typeof metadata.utimes>): void;
  writeFile(path: unknown, data: unknown, options?: unknown): void;
  /** Fails the transaction unless the file is at `version`; 0: unless there is none. */
  require(path: unknown, version: number): void;
}

/** Records the steps of one transaction until it is sealed. */
export class TransactionRecorder implements Transaction {
  readonly #environment: CallEnvironment;
  readonly #steps: WriteStep<unknown>[] = [];
  #sealed = false;

  constructor(environment: CallEnvironment) {
    this.#environment = environment;
  }

  #record(step: WriteStep<unknown>): void {
    if (this.#sealed) {
      throw new VolumeError('ERR_TRANSACTION_INVALID', 'The transaction has ended.', {
        hint: 'Record every change before the function given to `transaction` returns.',
      });
    }
    // The caller may reuse its buffer as soon as the method returns.
    const { data } = step;
    this.#steps.push(data === undefined ? step : { ...step, data: Uint8Array.from(data) });
  }

  /** Ends the recording and gives out the steps. */
  seal(): readonly WriteStep<unknown>[] {
    this.#sealed = true;
    return this.#steps;
  }

  appendFile(path: unknown, data: unknown, options?: unknown): void {
    this.#record(files.writeFile(this.#environment, path, data, options, 'a'));
  }

  chmod(...args: Args<typeof metadata.chmod>): void {
    this.#record(metadata.chmod(this.#environment, ...args));
  }

  chown(...args: Args<typeof metadata.chown>): void {
    this.#record(metadata.chown(this.#environment, ...args));
  }

  copyFile(...args: Args<typeof files.copyFile>): void {
    this.#record(files.copyFile(this.#environment, ...args));
  }

  lchown(...args: Args<typeof metadata.lchown>): void {
    this.#record(metadata.lchown(this.#environment, ...args));
  }

  link(...args: Args<typeof links.link>): void {
    this.#record(links.link(this.#environment, ...args));
  }

  lutimes(...args: Args<typeof metadata.lutimes>): void {
    this.#record(metadata.lutimes(this.#environment, ...args));
  }

  mkdir(...args: Args<typeof directories.mkdir>): void {
    this.#record(directories.mkdir(this.#environment, ...args));
  }

  mknod(...args: Args<typeof special.mknod>): void {
    this.#record(special.mknod(this.#environment, ...args));
  }

  removeXattr(...args: Args<typeof special.removeXattr>): void {
    this.#record(special.removeXattr(this.#environment, ...args));
  }

  rename(...args: Args<typeof links.rename>): void {
    this.#record(links.rename(this.#environment, ...args));
  }

  rm(...args: Args<typeof rm>): void {
    this.#record(rm(this.#environment, ...args));
  }

  rmdir(...args: Args<typeof directories.rmdir>): void {
    this.#record(directories.rmdir(this.#environment, ...args));
  }

  setXattr(...args: Args<typeof special.setXattr>): void {
    this.#record(special.setXattr(this.#environment, ...args));
  }

  symlink(...args: Args<typeof links.symlink>): void {
    this.#record(links.symlink(this.#environment, ...args));
  }

  truncate(path: unknown, length?: unknown, options?: unknown): void {
    this.#record(files.truncateStep(this.#environment, path, length, options));
  }

  unlink(...args: Args<typeof links.unlink>): void {
    this.#record(links.unlink(this.#environment, ...args));
  }

  utimes(...args: Args<typeof metadata.utimes>): void {
    this.#record(metadata.utimes(this.#environment, ...args));
  }

  writeFile(path: unknown, data: unknown, options?: unknown): void {
    this.#record(files.writeFile(this.#environment, path, data, options, 'w'));
  }

  require(path: unknown, version: number): void {
    const target = decodePath(path);
    validateInteger(version, 'version', 0);
    const preconditions = [{ target, version, follow: true }];
    this.#record(writeStep({ syscall: 'require', path: target }, 'require', [], { preconditions }));
  }
}

/**
 * Applies recorded steps as one change. An error is that of the step that failed, with its index as
 * `step`; then nothing was changed.
 */
export async function applyTransaction(
  runner: Runner,
  steps: readonly WriteStep<unknown>[],
  signal?: AbortSignal,
): Promise<void> {
  await runner.metered('transaction', async () => {
    try {
      const writer = runner.writer();
      if (steps.length > 0) await writer.submitJob(jobOf(steps), signal);
    } catch (error) {
      const { reason, step } = failureOf(steps, error, 'transaction');
      throw step === undefined ? reason : Object.assign(reason as object, { step });
    }
  });
}
