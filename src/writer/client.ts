/**
 * A thread's way to the writer: a bounded queue in front of a MessagePort.
 *
 *   submit ──▶ waiting (queue full, policy 'wait') ──▶ parcels ──posted, at most 2──▶ in flight ──▶ settled
 *
 * Two parcels in flight let the writer work on one while this thread answers the callers of the other.
 * Counted against the bounds are all commands and bytes that are accepted and not settled.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { AbortError } from '../core/abort.js';
import type { VolumeError } from '../core/errors.js';
import { decodeFailure, type Failure, isFailure } from '../core/failure.js';
import type { Ino } from '../core/ino.js';
import { ThreadSlot } from '../core/thread-slot.js';
import { ChangeFeed } from './change-feed.js';
import { errorOf, queueFull, queueTimeout } from './client-errors.js';
import type { CommandArgs, CommandName, CommandResult } from './commands.js';
import { type Doorbell, FROM_CLIENT, FROM_WRITER, ring } from './doorbell.js';
import { InFlight } from './in-flight.js';
import { bytesOf, type JobInput, Parcel } from './outbox.js';
import { PendingControls } from './pending-controls.js';
import type { ClientMessage, Control, WriterMessage } from './protocol.js';
import type { QueueLimits, QueueState, SubmitOptions, Ticket, Waiter } from './queue.js';
import { QueueLoad } from './queue-load.js';
import { ShortWait } from './short-wait.js';
import { Waiters } from './waiters.js';
import { WriterLife } from './writer-life.js';

const PARCELS_IN_FLIGHT_MAX = 2;
const LONE_COMMANDS_MAX = 4;

export class WriterClient {
  readonly changes: ChangeFeed;
  readonly #port: MessagePort;
  readonly #doorbell: Doorbell;
  readonly #shortWait = new ShortWait();
  readonly #life: WriterLife;
  readonly #limits: QueueLimits;
  readonly #path: string;
  /** Accepted, not posted: the last one still grows. */
  readonly #parcels: Parcel<Ticket>[] = [];
  readonly #inFlight = new InFlight();
  readonly #waiting: Waiters;
  readonly #controls = new PendingControls();
  readonly #load: QueueLoad;
  /** Closed files that the writer has not been told of. */
  readonly #released: Ino[] = [];
  #flushScheduled = false;
  #deadlineTimer: NodeJS.Timeout | undefined;
  #closed: VolumeError | undefined;
  #isLost = false;
  #hasHeard = false;
  #idleWaiters: (() => void)[] = [];

  /** `slot` is where this thread tells all others how full its queue is. */
  constructor(
    port: MessagePort,
    doorbell: Doorbell,
    limits: QueueLimits,
    path: string,
    slot: ThreadSlot = new ThreadSlot(),
  ) {
    this.#port = port;
    this.#doorbell = doorbell;
    this.#life = new WriterLife(port, doorbell, this.#shortWait);
    this.changes = new ChangeFeed(doorbell, this.#life);
    this.#limits = limits;
    this.#waiting = new Waiters(limits);
    this.#load = new QueueLoad(limits, slot);
    this.#path = path;
    port.on('message', (message: WriterMessage) => this.#receive(message, false));
    port.on('close', () => this.lose());
    port.unref();
  }

  // --- asking ------------------------------------------------------------------------------------

  /** Queues one command; resolves with its result after the commit. */
  submit<K extends CommandName>(
    name: K,
    args: CommandArgs<K>,
    options: SubmitOptions = {},
  ): Promise<CommandResult<K>> {
    const { data, preconditions } = options;
    const job: JobInput = {
      commands: [{ name, args, data, preconditions }],
      isTransaction: false,
      wantsResult: true,
    };
    return this.submitJob(job, options.signal) as Promise<CommandResult<K>>;
  }

  /** Queues a command or a transaction. */
  submitJob(job: JobInput, signal?: AbortSignal): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (signal?.aborted) return Promise.reject(new AbortError(signal.reason));
    return new Promise((resolve, reject) => {
      const ticket: Ticket = { job, bytes: bytesOf(job), sinceMs: Date.now(), resolve, reject };
      if (this.#hasRoom(ticket)) this.#accept(ticket);
      else if (this.#waiting.mayAdd(ticket)) {
        this.#waiting.add(ticket);
        this.#publish();
      } else {
        reject(queueFull(this.#path, this.state, this.#limits));
        return;
      }
      if (signal !== undefined) this.#listenForAbort(ticket, signal);
      this.#watchDeadline();
    });
  }

  /**
   * Runs a job and waits for it on this thread. What was queued before goes first. The bounds do not
   * hold it back: one thread can wait for one job only.
   */
  submitJobSync(job: JobInput): unknown {
    if (this.#closed !== undefined) throw this.#closed;
    for (const waiter of [...this.#waiting]) this.#admit(waiter);
    return this.#await(({ resolve, reject }) => {
      this.#accept({ job, bytes: bytesOf(job), sinceMs: Date.now(), resolve, reject });
      while (this.#parcels.length > 0) this.#post();
    });
  }

  /**
   * Sends a request past the queue from a thread whose event loop may not turn, and does not wait. `settled` is
   * called, however it ended, when this thread next takes what the writer has posted.
   */
  postControl(control: Control, settled: () => void): void {
    if (this.#closed !== undefined) throw this.#closed;
    this.#sendControl(control, { resolve: settled, reject: settled });
  }

  /** Sends a request past the queue and waits for the answer on this thread. */
  controlSync(control: Control): unknown {
    if (this.#closed !== undefined) throw this.#closed;
    return this.#await((waiter) => this.#sendControl(control, waiter));
  }

  /** Waits on this thread until what anybody had posted, or a mount had taken, before this call is committed. */
  awaitEarlier(): void {
    this.submitJobSync({ commands: [{ name: 'require', args: [] }], isTransaction: false });
  }

  #await(ask: (waiter: Waiter) => void): unknown {
    let settled: { result: unknown } | { reason: unknown } | undefined;
    ask({
      resolve: (result) => {
        settled = { result };
      },
      reject: (reason) => {
        settled = { reason };
      },
    });
    while (settled === undefined) this.#waitForMessage();
    if ('reason' in settled) throw settled.reason;
    return settled.result;
  }

  #waitForMessage(): void {
    const seen = Atomics.load(this.#doorbell, FROM_WRITER);
    // Looked at before the port: what the writer sent before it ended is read first.
    const { hasEnded } = this.#life;
    if (this.#receiveOne()) return;
    if (hasEnded) this.lose();
    else this.#life.wait(seen);
  }

  #receiveOne(): boolean {
    const received = receiveMessageOnPort(this.#port);
    if (received === undefined) return false;
    this.#receive(received.message as WriterMessage, true);
    return true;
  }

  /** Sends a request past the queue. */
  control(control: Control, transfer: readonly MessagePort[] = []): Promise<unknown> {
    // A writer that failed still has to be closed, or left.
    const isLast = control.type === 'close' || control.type === 'disconnect';
    const mayAsk = isLast && !this.#isLost;
    if (this.#closed !== undefined && !mayAsk) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#sendControl(control, { resolve, reject }, transfer);
    });
  }

  #sendControl(control: Control, waiter: Waiter, transfer: readonly MessagePort[] = []): void {
    this.#send({ kind: 'control', id: this.#controls.add(waiter), control }, transfer);
    this.#updateRef();
  }

  /** Gives the writer one more client: its end of a port and the doorbell to ring for it. */
  attach(port: MessagePort, doorbell: Int32Array): void {
    if (this.#closed !== undefined) throw this.#closed;
    this.#send({ kind: 'attach', port, doorbell }, [port]);
  }

  /** Tells the writer that a file is no longer open here. */
  release(ino: Ino): void {
    if (this.#closed !== undefined) return;
    // Everything queued may still use the handle, what waits for room, too.
    this.#released.push(ino);
    if (this.#waiting.size === 0) this.#sendReleases();
  }

  #sendReleases(): void {
    while (this.#parcels.length > 0) this.#post();
    this.#send({ kind: 'release', inos: this.#released.splice(0) });
  }

  /** Has the writer look at what mounts have taken. */
  nudge(): void {
    this.#send({ kind: 'nudge' });
  }

  /** Whether the writer has sent anything: then it knows this client. */
  get hasHeard(): boolean {
    return this.#hasHeard;
  }

  /** Takes what the writer has posted, without waiting for the events of the port. */
  receivePosted(): void {
    while (this.#receiveOne());
  }

  get state(): QueueState {
    return this.#load.state;
  }

  #publish(): void {
    const oldest = this.#inFlight.oldest ?? this.#oldestUnposted();
    this.#load.publish(this.#waiting.size, oldest?.sinceMs ?? 0);
  }

  /** Resolves when every accepted command has been settled. */
  drained(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  /**
   * Sends everything that was asked for, the bounds aside, so that the writer finishes it even when this
   * thread's event loop does not turn again before it closes.
   */
  postAll(): void {
    for (const waiter of [...this.#waiting]) this.#admit(waiter);
    while (this.#parcels.length > 0) this.#post();
  }

  /** Refuses everything from now on with `reason`; what is in flight is settled by the writer. */
  refuse(reason: VolumeError): void {
    this.#closed ??= reason;
  }

  /** Ends the connection. */
  disconnect(): void {
    clearTimeout(this.#deadlineTimer);
    this.#life.close();
    // Whoever waits past the queue, for a lock for example, waits no longer.
    this.lose();
    this.#port.removeAllListeners();
    this.#port.close();
  }

  // --- the queue ---------------------------------------------------------------------------------

  get #isIdle(): boolean {
    return this.#load.commands === 0 && this.#waiting.size === 0;
  }

  #hasRoom(ticket: Ticket): boolean {
    return this.#waiting.size === 0 && this.#load.fits(ticket);
  }

  #admit(ticket: Ticket): void {
    this.#waiting.delete(ticket);
    this.#accept(ticket);
  }

  #accept(ticket: Ticket): void {
    if (this.#load.commands === 0) this.#port.ref();
    this.#load.add(ticket);
    let parcel = this.#parcels.at(-1);
    if (parcel === undefined || parcel.isFull) {
      parcel = new Parcel<Ticket>();
      this.#parcels.push(parcel);
    }
    parcel.add(ticket.job, ticket);
    this.#scheduleFlush();
  }

  /** At the end of the current turn, so that callers that act together share a message. */
  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#inFlight.parcels >= PARCELS_IN_FLIGHT_MAX) return;
    this.#flushScheduled = true;
    process.nextTick(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#parcels.length > 0 && this.#inFlight.parcels < PARCELS_IN_FLIGHT_MAX) {
      this.#post();
    }
    if (this.#load.commands <= LONE_COMMANDS_MAX) this.#awaitAnswer();
  }

  /** Few callers, who do nothing else than wait: their answer is near. */
  #awaitAnswer(): void {
    while (this.#load.commands > 0) {
      const seen = Atomics.load(this.#doorbell, FROM_WRITER);
      if (!this.#receiveOne() && !this.#shortWait.lookInTurn(this.#doorbell, seen)) return;
    }
  }

  #post(): void {
    const parcel = this.#parcels.shift();
    if (parcel === undefined) return;
    this.#inFlight.add(parcel.tickets);
    this.#send(
      { kind: 'commands', jobs: parcel.jobs, slabs: parcel.slabs },
      parcel.slabs.map((slab) => slab.buffer as ArrayBuffer),
    );
  }

  #send(message: ClientMessage, transfer: readonly (ArrayBuffer | MessagePort)[] = []): void {
    this.#port.postMessage(message, transfer);
    ring(this.#doorbell, FROM_CLIENT);
  }

  // --- answers -----------------------------------------------------------------------------------

  #receive(message: WriterMessage, isInCall: boolean): void {
    this.#hasHeard = true;
    switch (message.kind) {
      case 'results':
        this.#settle(message.results);
        break;
      case 'reply':
        this.#reply(message.id, message.result);
        break;
      case 'changes':
      case 'witness':
      case 'changesLost':
        this.changes.receive(message, isInCall);
        break;
      case 'failed':
        this.#closed ??= decodeFailure(message.reason as Failure) as VolumeError;
        break;
    }
  }

  /** A number stands for as many results that nobody asked for. */
  #settle(results: readonly unknown[] | number): void {
    const count = typeof results === 'number' ? results : results.length;
    const settled = this.#inFlight.take(count);
    for (const [index, ticket] of settled.entries()) {
      const result = typeof results === 'number' ? null : results[index];
      this.#forget(ticket);
      if (isFailure(result)) ticket.reject(errorOf(result));
      else ticket.resolve(result);
    }
    this.#admitWaiters();
    this.#publish();
    // After the microtasks of the callers that have just been answered: their next writes go along.
    if (this.#parcels.length > 0) this.#scheduleFlush();
    this.#updateRef();
  }

  #forget(ticket: Ticket): void {
    this.#load.remove(ticket);
    ticket.detach?.();
  }

  #admitWaiters(): void {
    this.#admitThatFit();
    if (this.#released.length > 0 && this.#waiting.size === 0) this.#sendReleases();
  }

  #admitThatFit(): void {
    for (const ticket of this.#waiting) {
      if (!this.#load.fits(ticket)) return;
      this.#admit(ticket);
    }
  }

  #reply(id: number, result: unknown): void {
    this.#controls.settle(id, result);
    this.#updateRef();
  }

  /** The process stays alive while somebody waits for an answer, and only then. */
  #updateRef(): void {
    if (this.#isIdle) {
      for (const resolve of this.#idleWaiters.splice(0)) resolve();
    }
    if (this.#load.commands > 0 || this.#controls.size > 0) this.#port.ref();
    else this.#port.unref();
  }

  // --- what ends a wait --------------------------------------------------------------------------

  /** An abort takes back what was not posted; what the writer has may be done already. */
  #listenForAbort(ticket: Ticket, signal: AbortSignal): void {
    const onAbort = (): void => {
      if (this.#withdraw(ticket)) ticket.reject(new AbortError(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    ticket.detach = () => signal.removeEventListener('abort', onAbort);
  }

  #withdraw(ticket: Ticket): boolean {
    if (this.#waiting.delete(ticket)) {
      ticket.detach?.();
      this.#publish();
      this.#updateRef();
      return true;
    }
    const at = this.#parcels.findIndex((parcel) => parcel.remove(ticket));
    if (at < 0) return false;
    // Its slabs go with it: what is taken back while the writer is stuck must not pile up.
    if (this.#parcels[at]?.tickets.length === 0) this.#parcels.splice(at, 1);
    this.#forget(ticket);
    this.#admitWaiters();
    this.#publish();
    this.#updateRef();
    return true;
  }

  #watchDeadline(): void {
    const { queueDeadlineMs } = this.#limits;
    if (queueDeadlineMs === 0 || this.#deadlineTimer !== undefined) return;
    const oldest = this.#oldestUnposted();
    if (oldest === undefined) return;
    const leftMs = Math.max(1, oldest.sinceMs + queueDeadlineMs - Date.now());
    this.#deadlineTimer = setTimeout(() => {
      this.#deadlineTimer = undefined;
      this.#expire();
      this.#watchDeadline();
    }, leftMs);
  }

  #oldestUnposted(): Ticket | undefined {
    return this.#parcels[0]?.tickets[0] ?? this.#waiting.first;
  }

  #expire(): void {
    const { queueDeadlineMs } = this.#limits;
    const before = Date.now() - queueDeadlineMs;
    for (;;) {
      const ticket = this.#oldestUnposted();
      if (ticket === undefined || ticket.sinceMs > before || !this.#withdraw(ticket)) return;
      ticket.reject(queueTimeout(this.#path, queueDeadlineMs));
    }
  }

  /** Whether the writer's thread is gone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** The same without waiting for an event to tell it. */
  get hasEnded(): boolean {
    return this.#isLost || this.#life.hasEnded;
  }

  /**
   * The writer is gone. When its volume was closed, what is in flight did not reach it; otherwise that may
   * or may not have been committed.
   */
  lose(cause?: unknown): void {
    this.#isLost = true;
    let reason = this.#life.endOf(this.#path, cause);
    // What a writer says of its failure before it ends says more.
    if (this.#closed?.code === reason.code) reason = this.#closed;
    this.#closed ??= reason;
    const tickets = [
      ...this.#inFlight.takeAll(),
      ...this.#parcels.splice(0).flatMap((parcel) => parcel.tickets),
      ...this.#waiting.takeAll(),
    ];
    this.#load.clear();
    for (const ticket of tickets) {
      ticket.detach?.();
      ticket.reject(reason);
    }
    this.#controls.rejectAll(reason);
    this.#updateRef();
  }
}
