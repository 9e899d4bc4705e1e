/**
 * What a program does with the files of a volume, beside what `node:fs` has: transactions, extended
 * attributes, versions, locks. `Volume` adds its life and its upkeep.
 */
import { VolumeError } from '../core/errors.js';
import type { PathLike } from '../fs/arguments/path.js';
import type { FollowOption, RemoveXattrOptions, SetXattrOptions } from '../fs/calls/special.js';
import * as special from '../fs/calls/special.js';
import type { CallEnvironment } from '../fs/calls/step.js';
import { createFsFace } from '../fs/face.js';
import type { FsFace } from '../fs/face-types.js';
import { acquireLock, type Lock, type LockOptions } from '../fs/lock.js';
import type { Runner } from '../fs/runner.js';
import { applyTransaction, type Transaction, TransactionRecorder } from '../fs/transaction.js';
import type { Watching } from '../fs/watch/watching.js';

export interface TransactionOptions {
  /** Takes the transaction back while it waits in the queue. */
  readonly signal?: AbortSignal | undefined;
}

export interface FilesParts {
  readonly runner: Runner;
  readonly environment: CallEnvironment;
  readonly watching: Watching;
}

export abstract class VolumeFiles {
  /** The filesystem, shaped like `node:fs`. */
  readonly fs: FsFace;
  readonly #runner: Runner;
  readonly #environment: CallEnvironment;

  constructor({ runner, environment, watching }: FilesParts) {
    this.#runner = runner;
    this.#environment = environment;
    this.fs = createFsFace({ runner, environment, watching });
  }

  /** @internal For the layers above (transfer and fronts); no part of the public interface. */
  get runner(): Runner {
    return this.#runner;
  }

  /**
   * Records changes synchronously and applies them as one: any failure, or a precondition that is not
   * met, undoes all. The error is that of the step that failed, with its index as `step`.
   */
  async transaction(
    record: (tx: Transaction) => void,
    options: TransactionOptions = {},
  ): Promise<void> {
    const recorder = new TransactionRecorder(this.#environment);
    const returned: unknown = record(recorder);
    const steps = recorder.seal();
    if (returned instanceof Promise) {
      returned.catch(() => undefined);
      throw new VolumeError(
        'ERR_TRANSACTION_INVALID',
        'The function given to `transaction` must not be asynchronous.',
        { hint: 'Read what you need first; then record the changes, guarded by `ifVersion`.' },
      );
    }
    await applyTransaction(this.#runner, steps, options.signal);
  }

  /**
   * Makes a FIFO, a socket, a device node or an empty file. `mode` is the file type and permission bits,
   * as in `stat`; the umask is taken off. EPERM for a directory, EINVAL for a link. Opening a special
   * file through the library is ENXIO.
   */
  mknod(path: PathLike, mode: number, rdev = 0): Promise<undefined> {
    return this.#runner.run(() => special.mknod(this.#environment, path, mode, rdev));
  }

  /** Value of an extended attribute. ENODATA when there is none of that name. */
  getXattr(path: PathLike, name: string, options?: FollowOption): Promise<Buffer> {
    return this.#runner.run(() => special.getXattr(this.#environment, path, name, options));
  }

  /** Sets an extended attribute: at most 255 bytes of name (ERANGE), 64 KiB of value (E2BIG). */
  setXattr(
    path: PathLike,
    name: string,
    value: ArrayBufferView | string,
    options?: SetXattrOptions,
  ): Promise<undefined> {
    return this.#runner.run(() => special.setXattr(this.#environment, path, name, value, options));
  }

  /** Names of all extended attributes, in byte order. */
  listXattr(path: PathLike, options?: FollowOption): Promise<string[]> {
    return this.#runner.run(() => special.listXattr(this.#environment, path, options));
  }

  /** Takes an extended attribute away. ENODATA when there is none of that name. */
  removeXattr(path: PathLike, name: string, options?: RemoveXattrOptions): Promise<undefined> {
    return this.#runner.run(() => special.removeXattr(this.#environment, path, name, options));
  }

  /**
   * Version of a file or directory: grows with every change of its content, attributes or entries. 0
   * when there is none. What `ifVersion` of the writing functions compares.
   */
  version(path: PathLike, options?: FollowOption): Promise<number> {
    return this.#runner.run(() => special.version(this.#environment, path, options));
  }

  /**
   * Takes an advisory lock of a file or directory, which need not be open, and resolves when it is held.
   * It keeps out other locks of the file, of this process and of others, and nothing else: reading and
   * writing do not ask for locks. A link at the end of the path is followed; the lock is of the file, not
   * of its name. Given up by `release`, by closing the volume, and when the attached thread or the
   * process that holds it ends, however it ends.
   *
   * ENOENT when there is no such file, EAGAIN with `wait: false` when it cannot be had at once, EROFS on a
   * volume that is open for reading only, EMFILE when more than `handlesMax` files and locks are open.
   * There is no detection of deadlocks: take several locks in one order, or give a signal with a timeout.
   */
  lock(path: PathLike, options?: LockOptions): Promise<Lock> {
    return acquireLock(
      { runner: this.#runner, descriptors: this.#environment.descriptors },
      path,
      options,
    );
  }
}
