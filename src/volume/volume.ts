/**
 * `Volume`: one SQLite file as a filesystem, open in this process.
 *
 *   opening ──▶ open ──close()──▶ closing ──▶ closed
 *
 * Owns the reader pool and the way to the writer thread; closes them in order: no new work, queue
 * drained, readers back, writer closed with a final checkpoint, thread ended.
 */
import type { Change } from '../core/change.js';
import { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';
import type { CallEnvironment } from '../fs/calls/step.js';
import { DescriptorTable } from '../fs/descriptors.js';
import { createFsFace, type FsFace } from '../fs/face.js';
import { Runner } from '../fs/runner.js';
import { applyTransaction, type Transaction, TransactionRecorder } from '../fs/transaction.js';
import type { ReaderPool } from '../readers/pool.js';
import type { MigrationReport } from '../schema/migrate.js';
import type { CheckpointMode, CheckpointResult } from '../sqlite/wal.js';
import type { WriterClient } from '../writer/client.js';
import type { StartedWriter } from '../writer/start.js';
import type { Location } from './locate.js';

export type VolumeState = 'open' | 'closing' | 'closed' | 'failed';

export interface TransactionOptions {
  /** Takes the transaction back while it waits in the queue. */
  readonly signal?: AbortSignal | undefined;
}

/** How long `close` waits for streams and directories that are still being read, in milliseconds. */
const READER_GRACE_MS = 1000;

export class Volume implements AsyncDisposable {
  /** Absolute path of the volume's file. */
  readonly path: string;
  readonly options: ResolvedOptions;
  /** The filesystem, shaped like `node:fs`. */
  readonly fs: FsFace;
  /** What opening had to do to the schema. */
  readonly migrations: MigrationReport | undefined;
  readonly #location: Location;
  readonly #pool: ReaderPool;
  readonly #writer: StartedWriter | undefined;
  readonly #runner: Runner;
  readonly #environment: CallEnvironment;
  readonly #descriptors: DescriptorTable;
  #closing: Promise<void> | undefined;
  #closed = false;

  /** Use `openVolume`. */
  constructor(
    location: Location,
    options: ResolvedOptions,
    pool: ReaderPool,
    writer: StartedWriter | undefined,
  ) {
    this.path = location.path;
    this.options = options;
    this.#location = location;
    this.#pool = pool;
    this.#writer = writer;
    this.migrations = writer?.migrations;
    this.#descriptors = new DescriptorTable(options.handlesMax);
    this.#environment = createEnvironment(options, pool);
    this.#runner = new Runner({
      pool,
      writer: writer?.client,
      checkOpen: () => this.#checkOpen(),
    });
    this.fs = createFsFace({
      runner: this.#runner,
      environment: this.#environment,
      descriptors: this.#descriptors,
    });
  }

  get state(): VolumeState {
    if (this.#closed) return 'closed';
    if (this.#closing !== undefined) return 'closing';
    return this.#writer?.gauges.get('failed') === 1 ? 'failed' : 'open';
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closedError(this.path);
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
    await applyTransaction(this.#runner.writer(), steps, options.signal);
  }

  /** Barrier: when it resolves, everything acknowledged so far is on stable storage. */
  async sync(): Promise<void> {
    this.#checkOpen();
    await this.#writer?.client.control({ type: 'sync' });
  }

  /** Moves the log into the database file. Reports `busy` when a reader kept it from finishing. */
  async checkpoint(mode: CheckpointMode = 'passive'): Promise<CheckpointResult> {
    if (!CHECKPOINT_MODES.includes(mode)) {
      throw new VolumeError('ERR_OPTION_INVALID', `'${String(mode)}' is no checkpoint mode.`, {
        hint: `Use one of: ${CHECKPOINT_MODES.join(', ')}.`,
      });
    }
    return (await this.#control({ type: 'checkpoint', mode })) as CheckpointResult;
  }

  #control(control: Parameters<WriterClient['control']>[0]): Promise<unknown> {
    return this.#runner.writer().control(control);
  }

  /** Calls `listener` with what changed, after each commit. Returns the way to stop. */
  async subscribe(listener: (changes: readonly Change[]) => void): Promise<() => void> {
    return this.#runner.writer().subscribe(listener);
  }

  /** Closes everything in order; idempotent. Reports the first failure, after having tried all. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const failures: unknown[] = [];
    const attempt = async (work: () => Promise<void> | void): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };
    const client = this.#writer?.client;
    if (client !== undefined) await attempt(() => this.#closeWriter(client));
    await attempt(() => this.#pool.close(READER_GRACE_MS));
    if (this.#writer !== undefined) await attempt(this.#writer.stop);
    await attempt(() => this.#location.cleanUp());
    this.#closed = true;
    if (failures.length > 0) throw failures[0];
  }

  /** What has been accepted is done first; then no more is accepted. */
  async #closeWriter(client: WriterClient): Promise<void> {
    await client.drained();
    const closed = client.control({ type: 'close' });
    client.refuse(closedError(this.path));
    try {
      await closed;
    } finally {
      client.disconnect();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const CHECKPOINT_MODES: readonly string[] = ['passive', 'full', 'restart', 'truncate'];

function closedError(path: string): VolumeError {
  return new VolumeError('ERR_VOLUME_CLOSED', `The volume '${path}' is closed.`, {
    path,
    hint: 'Open it again with `openVolume`.',
  });
}

function createEnvironment(options: ResolvedOptions, pool: ReaderPool): CallEnvironment {
  const { uid, gid, umask } = options;
  return {
    creator: (mode) => ({ mode: mode & ~umask, uid, gid }),
    facts: pool.store.facts,
    isReadOnly: options.readOnly,
  };
}
