/**
 * How a thread came to its volume: it opened it, or it attached to one that another thread has open.
 * The rest of `Volume` is the same for both.
 */
import type { MessagePort } from 'node:worker_threads';
import type { ThreadSlot } from '../core/thread-slot.js';
import type { Archiver } from '../maintenance/archive/archiver.js';
import type { MigrationReport } from '../schema/migrate.js';
import type { WriterClient } from '../writer/client.js';
import { volumeClosed } from '../writer/client-errors.js';
import type { WriterGauges } from '../writer/gauges.js';
import type { StartedWriter } from '../writer/start.js';
import { Attachments, type GuestMessage, type HomeMessage } from './attachments.js';
import type { Boards } from './boards.js';
import type { HandleWire } from './handle.js';
import type { Location } from './locate.js';
import { Claim, SharedState } from './shared-state.js';

/** A way to the writer. */
export interface WriterAccess {
  readonly client: WriterClient;
  readonly gauges: WriterGauges;
}

/** What an origin tells its volume. */
export interface OriginListener {
  /** Threads have come or gone: the memory is divided anew. */
  onThreads(): void;
  /** Who opened the volume closes it. */
  onClosing(): void;
}

/** A step of closing that is tried even when one before it failed. */
export type ClosingStep = () => Promise<void> | void;

export interface Origin {
  readonly path: string;
  readonly state: SharedState;
  readonly boards: Boards;
  /** Of this thread, on the board of threads. */
  readonly slot: ThreadSlot;
  /** Whether the volume was opened in this thread. */
  readonly isHome: boolean;
  /** Absent when the volume is open for reading only. */
  readonly writer: WriterAccess | undefined;
  /** What opening had to do to the schema; known where it was opened. */
  readonly migrations: MigrationReport | undefined;
  /** The continuous archive, where the volume was opened and one was asked for. */
  readonly archive: Archiver | undefined;
  listen(listener: OriginListener): void;
  /** Tells the thread that opened the volume of a handle made here. */
  admit(port: MessagePort, claim: Claim, slot: number): void;
  /** Before this thread's own work is drained. */
  beginClosing(): Promise<void>;
  /** After that, before its read connections close. */
  beforeReadersClose(): Promise<void>;
  /** After that. */
  lastSteps(): readonly ClosingStep[];
}

/** The volume was opened in this thread, which has the last word. */
export class OpenedOrigin implements Origin {
  readonly path: string;
  readonly state: SharedState = new SharedState();
  readonly boards: Boards;
  readonly slot: ThreadSlot;
  readonly isHome = true;
  readonly writer: StartedWriter | undefined;
  readonly archive: Archiver | undefined;
  readonly #location: Location;
  readonly #attachments: Attachments;
  #listener: OriginListener | undefined;

  constructor(
    location: Location,
    writer: StartedWriter | undefined,
    boards: Boards,
    slot: ThreadSlot,
    archive: Archiver | undefined,
  ) {
    this.path = location.path;
    this.boards = boards;
    this.slot = slot;
    this.writer = writer;
    this.archive = archive;
    this.#location = location;
    this.#attachments = new Attachments(this.state, boards.threads, () =>
      this.#listener?.onThreads(),
    );
    this.state.countThread(1);
  }

  get migrations(): MigrationReport | undefined {
    return this.writer?.migrations;
  }

  listen(listener: OriginListener): void {
    this.#listener = listener;
  }

  admit(port: MessagePort, claim: Claim, slot: number): void {
    this.#attachments.admit(port, claim, slot);
  }

  beginClosing(): Promise<void> {
    return this.#attachments.dismiss();
  }

  /** The readers of all threads close first: who closes last removes the log, and only the writer can. */
  beforeReadersClose(): Promise<void> {
    return this.#attachments.left();
  }

  lastSteps(): readonly ClosingStep[] {
    const { writer, archive } = this;
    return [
      // While the writer can say which commit is the last: others may go on writing.
      ...(archive === undefined ? [] : [() => archive.ship()]),
      ...(writer === undefined ? [] : [() => this.#closeWriter(writer.client), writer.stop]),
      // After the writer: closing it changes the volume, too.
      ...(archive === undefined ? [] : [() => archive.finish()]),
      () => this.#attachments.close(),
      () => this.#location.cleanUp(),
    ];
  }

  async #closeWriter(client: WriterClient): Promise<void> {
    // A thread that died has nothing left to close; its callers have been told.
    if (client.isLost) {
      client.disconnect();
      return;
    }
    const closed = client.control({ type: 'close' });
    client.refuse(volumeClosed(this.path));
    try {
      await closed;
    } finally {
      client.disconnect();
    }
  }
}

/** The volume was opened elsewhere; this thread has a way of its own to the writer. */
export class AttachedOrigin implements Origin {
  readonly path: string;
  readonly state: SharedState;
  readonly boards: Boards;
  readonly slot: ThreadSlot;
  readonly isHome = false;
  readonly writer: WriterAccess | undefined;
  readonly migrations: MigrationReport | undefined = undefined;
  readonly archive: Archiver | undefined = undefined;
  readonly #home: MessagePort;
  readonly #claim: Claim;

  /** The claim of `wire` is taken. */
  constructor(
    path: string,
    wire: HandleWire,
    state: SharedState,
    boards: Boards,
    writer: WriterAccess | undefined,
  ) {
    this.path = path;
    this.state = state;
    this.boards = boards;
    this.slot = boards.threads.slot(wire.slot);
    this.writer = writer;
    this.#home = wire.home;
    this.#claim = new Claim(wire.claim);
  }

  listen(listener: OriginListener): void {
    this.#home.on('message', (message: HomeMessage) => {
      if (message === 'closing') listener.onClosing();
      else listener.onThreads();
    });
    this.#home.unref();
    this.#tell({ kind: 'attached' });
  }

  #tell(message: GuestMessage, transfer: readonly MessagePort[] = []): void {
    this.#home.postMessage(message, transfer);
  }

  admit(port: MessagePort, claim: Claim, slot: number): void {
    this.#tell({ kind: 'admit', port, claim: claim.buffer, slot }, [port]);
  }

  /** In one go: whatever this thread does next, the writer has everything. */
  async beginClosing(): Promise<void> {
    this.writer?.client.postAll();
    this.#tell({ kind: 'posted' });
  }

  async beforeReadersClose(): Promise<void> {
    // Other threads have nothing to do with it.
  }

  lastSteps(): readonly ClosingStep[] {
    const { writer } = this;
    return [
      ...(writer === undefined ? [] : [() => this.#leaveWriter(writer.client)]),
      () => this.#leaveHome(),
    ];
  }

  /** The writer lets go of the files that are open here. */
  async #leaveWriter(client: WriterClient): Promise<void> {
    if (!client.isLost) {
      const left = client.control({ type: 'disconnect' });
      client.refuse(volumeClosed(this.path));
      // A writer that ends meanwhile has let go of everything.
      await left.catch(() => undefined);
    }
    client.disconnect();
  }

  #leaveHome(): void {
    if (this.#claim.end()) this.state.countThread(-1);
    this.#home.close();
  }
}
