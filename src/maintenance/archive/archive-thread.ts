/**
 * Entry of the archive thread, hosted by piscina: ships at every interval, at once when the log grows
 * long, and when it is asked to. What fails is tried again, ever more rarely, and reported.
 */
import type { MessagePort } from 'node:worker_threads';
import { VolumeError } from '../../core/errors.js';
import { encodeFailure, type Failure } from '../../core/failure.js';
import type { ResolvedOptions } from '../../core/options.js';
import { openConnection } from '../../sqlite/connection.js';
import { translateSqliteError } from '../../sqlite/driver-errors.js';
import type { MaintenanceEntry } from '../../store/maintenance-table.js';
import { readVolumeFacts } from '../../store/meta-table.js';
import { WriterClient } from '../../writer/client.js';
import { duringStandstill } from '../../writer/standstill.js';
import { asArchiveError } from './archive-errors.js';
import { removeLeftovers } from './clean-up.js';
import { ArchiveLock, claimDirectory } from './owner.js';
import { Shipping } from './shipping.js';
import type { ArchiveFailure, ReportedStatus } from './status.js';

export type ArchiveSettings = NonNullable<ResolvedOptions['archive']>;

export interface ArchiveTask {
  readonly path: string;
  readonly options: ResolvedOptions;
  readonly archive: ArchiveSettings;
  readonly port: MessagePort;
  readonly writer: { readonly port: MessagePort; readonly doorbell: Int32Array };
}

/** To the thread. `finish`: the writer has closed. */
export type ArchiveRequest = { readonly id: number; readonly type: 'ship' | 'settle' | 'finish' };

/** From the thread. */
export type ArchiveMessage =
  | { readonly kind: 'status'; readonly status: ReportedStatus }
  | { readonly kind: 'answer'; readonly id: number; readonly failure: Failure | null };

const LOOK_EVERY_MS = 50;
const BACK_OFF_MIN_MS = 1000;
const BACK_OFF_MAX_MS = 60_000;
const CACHE_BYTES = 1024 * 1024;
const MS_PER_SECOND = 1000;

class ArchiveThread {
  readonly #task: ArchiveTask;
  readonly #lock: ArchiveLock;
  readonly #client: WriterClient;
  readonly #shipping: Shipping;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;
  #queue: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #isShipping = false;
  #failure: ArchiveFailure | null = null;
  #status: ReportedStatus | undefined;

  constructor(task: ArchiveTask) {
    this.#task = task;
    const { path, options, archive, writer } = task;
    this.#lock = ArchiveLock.take(archive.dir, path);
    try {
      const volumeId = volumeIdOf(path, options);
      claimDirectory(archive.dir, volumeId);
      removeLeftovers(archive.dir);
      this.#shipping = this.#createShipping(volumeId);
    } catch (error) {
      this.#lock.release();
      throw error;
    }
    this.#client = new WriterClient(writer.port, writer.doorbell, options, path);
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    task.port.on('message', (request: ArchiveRequest) => this.#receive(request));
  }

  #createShipping(volumeId: string): Shipping {
    const { path, options, archive } = this.#task;
    return new Shipping(
      {
        path,
        busyTimeoutMs: options.busyTimeoutMs,
        synchronous: options.durability === 'off' ? 'OFF' : 'NORMAL',
        directory: archive.dir,
        volumeId,
        baseEveryMs: archive.baseEverySeconds * MS_PER_SECOND,
        keepMs: archive.keepSeconds * MS_PER_SECOND,
        turnOverBytes: options.checkpointWalBytes,
      },
      {
        standStill: (maxMs, work) => duringStandstill(this.#client, path, maxMs, work),
        onStatus: (status) => this.#tell(status),
        onDamage: ({ code, message }) =>
          this.#record(Date.now(), false, { by: 'archive', what: 'chain', code, message }),
        onBase: (startedMs, failure) => this.#noteBase(startedMs, failure),
      },
    );
  }

  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Takes the first pin; from now on nothing is missed. */
  async start(): Promise<void> {
    try {
      await this.#shipping.begin();
    } catch (error) {
      this.#fail(error);
    }
    this.#schedule(0);
    this.#watch = setInterval(() => this.#lookAtLog(), LOOK_EVERY_MS);
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#ship().catch(() => undefined), delayMs);
  }

  /** One at a time; a failure is reported, and thrown to who has asked. */
  #ship(): Promise<void> {
    const done = this.#queue.then(() => this.#shipNow());
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #shipNow(): Promise<void> {
    const everyMs = this.#task.archive.everySeconds * MS_PER_SECOND;
    let delayMs = everyMs;
    this.#isShipping = true;
    try {
      // A directory that was emptied or put elsewhere must not be filled half.
      if (!this.#lock.isHeld) throw lockLost(this.#task.archive.dir);
      await this.#shipping.ship();
      this.#succeed();
    } catch (error) {
      const failure = this.#fail(error);
      delayMs = Math.min(BACK_OFF_MIN_MS * 2 ** Math.min(failure.times - 1, 16), BACK_OFF_MAX_MS);
      throw this.#named(error);
    } finally {
      this.#isShipping = false;
      this.#schedule(delayMs);
    }
  }

  #lookAtLog(): void {
    if (this.#isShipping) return;
    if (this.#failure === null) {
      if (this.#shipping.isLogLong) this.#schedule(0);
    } else if (
      this.#shipping.isFollowing &&
      this.#shipping.walBytes > this.#task.archive.walBytesMax
    ) {
      this.#shipping.letGo();
    }
  }

  #named(error: unknown): unknown {
    const { archive, path } = this.#task;
    return asArchiveError(translateSqliteError(error, path), archive.dir);
  }

  #fail(error: unknown): ArchiveFailure {
    const { message, code = 'ERR_BUG' } = this.#named(error) as Error & { code?: string };
    const nowMs = Date.now();
    const isFirst = this.#failure === null;
    this.#failure = { code, message, atMs: nowMs, times: (this.#failure?.times ?? 0) + 1 };
    this.#tell(this.#shipping.status);
    // Each streak once: a record is a commit.
    if (isFirst) this.#record(nowMs, false, { by: 'archive', what: 'segment', code, message });
    return this.#failure;
  }

  #succeed(): void {
    if (this.#failure === null) return;
    const { atMs, times } = this.#failure;
    this.#failure = null;
    this.#record(atMs, true, { by: 'archive', what: 'segment', failedBefore: times });
    this.#tell(this.#shipping.status);
  }

  #noteBase(startedMs: number, error: unknown): void {
    const { baseAtMs, lastCommit } = this.#shipping.status;
    if (error === undefined) {
      this.#record(startedMs, true, { by: 'archive', what: 'base', baseAtMs, lastCommit });
      return;
    }
    const { message, code = 'ERR_BUG' } = this.#named(error) as Error & { code?: string };
    this.#record(startedMs, false, { by: 'archive', what: 'base', code, message });
  }

  #record(startedMs: number, ok: boolean, detail: Readonly<Record<string, unknown>>): void {
    const entry: MaintenanceEntry = { kind: 'archive', startedMs, endedMs: Date.now(), ok, detail };
    // A writer that has ended remembers nothing; the status says the same.
    this.#client.control({ type: 'record', entry }).catch(() => undefined);
  }

  #tell(status: ReportedStatus): void {
    this.#status = { ...status, failure: this.#failure };
    this.#post({ kind: 'status', status: this.#status });
  }

  #post(message: ArchiveMessage): void {
    this.#task.port.postMessage(message);
  }

  #receive({ id, type }: ArchiveRequest): void {
    this.#perform(type).then(
      () => this.#post({ kind: 'answer', id, failure: null }),
      (error: unknown) => {
        this.#post({ kind: 'answer', id, failure: encodeFailure(this.#named(error)) });
      },
    );
  }

  async #perform(type: ArchiveRequest['type']): Promise<void> {
    if (type === 'finish') await this.#finish();
    else {
      await this.#ship();
      if (type === 'settle') await this.#shipping.settled();
    }
  }

  async #finish(): Promise<void> {
    clearInterval(this.#watch);
    await this.#queue;
    clearTimeout(this.#timer);
    try {
      if (this.#lock.isHeld) await this.#shipping.finish();
    } finally {
      this.#shipping.close();
      this.#lock.release();
      this.#client.disconnect();
      // After the answer.
      setImmediate(() => {
        this.#task.port.close();
        this.#end();
      });
    }
  }
}

function volumeIdOf(path: string, { busyTimeoutMs }: ResolvedOptions): string {
  const connection = openConnection(path, {
    role: 'reader',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs,
  });
  try {
    return readVolumeFacts(connection).volumeId;
  } finally {
    connection.close();
  }
}

function lockLost(directory: string): VolumeError {
  return new VolumeError('ERR_IO', `The archive '${directory}' is not where it was.`, {
    path: directory,
    hint: 'Its lock file is missing: put the directory back, or close the volume and open it again.',
  });
}

/** Settles when the archive has ended; by then `port` has told all. A start that fails is the answer. */
export default async function archive(task: ArchiveTask): Promise<Failure | null> {
  let thread: ArchiveThread;
  try {
    thread = new ArchiveThread(task);
  } catch (error) {
    const named = asArchiveError(translateSqliteError(error, task.path), task.archive.dir);
    return encodeFailure(named);
  }
  await thread.start();
  await thread.ended;
  return null;
}
