/**
 * Entry of the writer thread, hosted by piscina: serves the ports of all clients of one volume.
 *
 * A turn takes what has arrived, in order within a client and in rotation between clients, up to the
 * bounds of a batch; what arrives meanwhile shares the next commit. Control requests come first.
 */
import { performance } from 'node:perf_hooks';
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { AuthoredChange, Change } from '../core/change.js';
import type { VolumeError } from '../core/errors.js';
import { encodeFailure, type Failure, isFailure } from '../core/failure.js';
import { HoldBoard } from '../core/hold-board.js';
import type { Ino } from '../core/ino.js';
import type { ResolvedOptions } from '../core/options.js';
import { WitnessBoard } from '../core/witness-board.js';
import type { MigrationReport } from '../schema/migrate.js';
import { translateSqliteError } from '../sqlite/driver-errors.js';
import { LatestInodes } from '../store/latest-inodes.js';
import { LatestRecords } from '../store/latest-records.js';
import { Behind, isBehind } from './behind.js';
import { volumeClosed } from './client-errors.js';
import { type Client, createClient, hasPosted, send } from './client-side.js';
import { Company } from './company.js';
import {
  BESIDE,
  canLook,
  type Doorbell,
  ENDED_BY_CLOSE,
  ENDED_UNEXPECTEDLY,
  FROM_CLIENT,
  noteEnd,
  turnMark,
  WANTS_CHANGES,
} from './doorbell.js';
import { Gathering } from './gather.js';
import { WriterGauges } from './gauges.js';
import { giveBack } from './give-back.js';
import { decodeJobs, type PendingJob, shorten } from './jobs.js';
import { pause } from './pause.js';
import type { ClientMessage, Control, ControlMessage } from './protocol.js';
import { loadRepair, type RepairRequest } from './repair-module.js';
import { Witnesses } from './witnesses.js';
import { Writer, type WriterHost } from './writer.js';

export interface AttachRequest {
  readonly port: MessagePort;
  readonly doorbell: Doorbell;
}

/** Task of the piscina worker: open the volume and serve the first client. */
export interface StartTask extends AttachRequest {
  readonly path: string;
  readonly options: ResolvedOptions;
  readonly gauges: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
  readonly inodes: SharedArrayBuffer;
  /** Whether a volume that is made now is to be filled first; see `openForBulkLoad`. */
  readonly isBulkLoad: boolean;
}

/** Longest turn with looking for more; then timers and other events have theirs. */
const TURN_MS = 5;

/** Requests that what mounts have taken comes before, like all commands. */
const SEES_ALL: ReadonlySet<Control['type']> = new Set(['sync', 'pin', 'standStill']);

class WriterThread {
  readonly #path: string;
  readonly #options: ResolvedOptions;
  readonly #gauges: WriterGauges;
  readonly #writer: Writer;
  readonly #clients = new Map<number, Client>();
  readonly #witnesses = new Witnesses({
    groupOf: (client) => this.#writer.openFiles.groupOf(client),
    tell: (client, seq, changes) => this.#tellWitness(client, seq, changes),
  });
  readonly #behind = new Behind((ino, version) =>
    this.#witnesses.tell([{ author: 0, change: { type: 'content', ino, version } }]),
  );
  #nextClientId = 1;
  #turnScheduled = false;
  #closing = false;
  readonly #company = new Company();
  /** Threads that work beside this one. */
  #beside = 0;
  #isCommitting = false;
  /** A batch that is not complete; messages come meanwhile. */
  #gathering: Gathering | undefined;

  constructor(task: StartTask) {
    this.#path = task.path;
    this.#options = task.options;
    this.#gauges = new WriterGauges(task.gauges);
    const host: WriterHost = {
      onCommitting: (changes) => {
        this.#markCommit(true);
        this.#witnesses.begin(changes);
      },
      onChanges: (changes) => this.#broadcast(changes),
      onSettled: () => {
        this.#witnesses.settle();
        this.#markCommit(false);
      },
      onFailed: (reason) => this.#announceFailure(reason),
      onIdleWork: () => this.#schedule(),
    };
    const { path, options, isBulkLoad } = task;
    const memory = {
      records: new LatestRecords(task.records),
      inodes: new LatestInodes(task.inodes),
    };
    this.#writer = new Writer(path, options, this.#gauges, host, isBulkLoad, memory);
    this.#writer.start();
    this.attach(task);
    // A client that waits synchronously sees no event of its port.
    process.once('exit', () => this.#announceEnd());
  }

  get migrations(): MigrationReport {
    return this.#writer.migrations;
  }

  attach({ port, doorbell }: AttachRequest): void {
    const id = this.#nextClientId;
    this.#nextClientId += 1;
    const client = createClient(id, port, doorbell);
    Atomics.store(doorbell, BESIDE, this.#beside);
    this.#clients.set(id, client);
    this.#gauges.set('clients', this.#clients.size);
    port.on('message', (message: ClientMessage) => {
      this.#accept(client, message);
      this.#turn();
    });
    port.on('close', () => this.#detach(client));
    const { failure } = this.#writer;
    if (failure !== undefined) send(client, { kind: 'failed', reason: encodeFailure(failure) });
  }

  #detach(client: Client): void {
    if (!this.#clients.delete(client.id)) return;
    this.#gauges.set('clients', this.#clients.size);
    this.#witnesses.remove(client.id);
    this.#behind.leave(client.id);
    client.lifeline?.close();
    // A writer that is closing has let go of all files.
    if (this.#closing) return;
    this.#writer.disconnect(client.id);
    this.#schedule();
  }

  #accept(client: Client, message: ClientMessage): void {
    const after = this.#behind.take();
    client.received = (client.received + 1) | 0;
    switch (message.kind) {
      case 'commands':
        client.pending.push(...decodeJobs(client.id, message, after));
        client.accepted += message.jobs.length;
        break;
      case 'release':
        // Writes that were queued before may still go to the file.
        client.releases.push({ due: client.accepted, inos: message.inos as Ino[] });
        this.#releaseDue(client);
        break;
      case 'control':
        this.#control(client, message);
        break;
      case 'attach':
        this.attach(message);
        break;
      case 'lifeline':
        client.lifeline = message.port;
        break;
    }
  }

  #schedule(): void {
    if (this.#turnScheduled || this.#closing) return;
    this.#turnScheduled = true;
    setImmediate(() => {
      this.#turnScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    const untilMs = performance.now() + TURN_MS;
    do this.#work();
    while (this.#awaitCompany(untilMs));
    if (this.#hasPending() || this.#writer.hasIdleWork) this.#schedule();
  }

  #work(): void {
    if (this.#closing) return;
    this.#drainPorts();
    const batch = this.#gather();
    this.#company.noteTurn(batch.length > 0);
    if (batch.length > 0) this.#runBatch(batch);
    // After a batch, too: checkpoints must not wait for a pause that never comes.
    if (this.#writer.hasIdleWork) this.#writer.idle();
    this.#noteBeside();
    this.#company.noteRest();
  }

  /** Clients look for their answers only while there is a processor for it. */
  #noteBeside(): void {
    const beside = this.#writer.hasThreadBeside ? 1 : 0;
    if (beside === this.#beside) return;
    this.#beside = beside;
    for (const { doorbell } of this.#clients.values()) Atomics.store(doorbell, BESIDE, beside);
  }

  /**
   * Whether a message has come, after looking for it for a moment: only while they follow each other
   * quickly, as those of a caller do who awaits each answer.
   */
  #awaitCompany(untilMs: number): boolean {
    if (this.#closing || !canLook(this.#beside)) return false;
    if (this.#hasPending() || this.#writer.hasIdleWork) return false;
    return this.#company.await(() => this.#hasMessage(), untilMs);
  }

  #hasMessage(): boolean {
    for (const { doorbell, seen } of this.#clients.values()) {
      if (Atomics.load(doorbell, FROM_CLIENT) !== seen) return true;
    }
    return false;
  }

  /** Whether anybody waits for this thread, with what has been taken from its port or with what has not. */
  #hasWaiting(): boolean {
    return this.#hasPending() || [...this.#clients.values()].some(hasPosted);
  }

  /** Takes messages without waiting for their events, so that they can share the commit. */
  #drainPorts(): void {
    for (const client of this.#clients.values()) {
      client.seen = Atomics.load(client.doorbell, FROM_CLIENT);
      for (;;) {
        const received = receiveMessageOnPort(client.port);
        if (received === undefined) break;
        this.#accept(client, received.message as ClientMessage);
      }
    }
  }

  #hasPending(): boolean {
    for (const { pending } of this.#clients.values()) if (pending.length > 0) return true;
    return this.#behind.first !== undefined;
  }

  /** The next batch, of what there is and what comes within the delay of a commit. */
  #gather(): readonly PendingJob[] {
    const gathering = new Gathering(this.#options, this.#behind);
    this.#gathering = gathering;
    try {
      return this.#gatherInto(gathering);
    } finally {
      this.#gathering = undefined;
    }
  }

  #gatherInto(gathering: Gathering): readonly PendingJob[] {
    const { batchTimeMaxMs, commitDelayMs } = this.#options;
    const untilMs = performance.now() + Math.min(commitDelayMs, batchTimeMaxMs);
    for (;;) {
      gathering.add([...this.#clients.values()].map(({ pending }) => pending));
      const { batch, isFull } = gathering;
      if (isFull || batch.length === 0 || performance.now() >= untilMs) return batch;
      pause(untilMs - performance.now());
      this.#drainPorts();
    }
  }

  #runBatch(batch: readonly PendingJob[]): void {
    const results = this.#writer.run(batch.map(({ job }) => job));
    const done = batch.slice(0, results.length);
    // What the batch had no time for goes back to the front of its client's queue, in order.
    for (const left of batch.slice(results.length).reverse()) {
      if (isBehind(left)) this.#behind.putBack(left);
      else this.#clients.get(left.job.client)?.pending.unshift(left);
    }
    this.#measure(done, results);
    this.#answer(done, results);
    for (const { slabs = [] } of done) giveBack(slabs);
    for (const client of this.#clients.values()) this.#releaseDue(client);
  }

  #measure(done: readonly PendingJob[], results: readonly unknown[]): void {
    let written = 0;
    for (const [index, { bytes }] of done.entries()) {
      if (bytes > 0 && !isFailure(results[index])) written += bytes;
    }
    const { meters } = this.#gauges;
    this.#gauges.add('writtenBytes', written);
    meters.observe('batchCommands', done.length);
    meters.observe('batchBytes', written);
  }

  #releaseDue(client: Client): void {
    const done = client.accepted - client.pending.length;
    for (let next = client.releases[0]; next !== undefined && next.due <= done; ) {
      this.#writer.release(client.id, next.inos);
      client.releases.shift();
      next = client.releases[0];
    }
  }

  #answer(batch: readonly PendingJob[], results: readonly unknown[]): void {
    const byClient = new Map<number, unknown[]>();
    for (const [index, pending] of batch.entries()) {
      const { job } = pending;
      const result = results[index];
      if (isBehind(pending)) {
        this.#behind.settle(pending, result);
        continue;
      }
      const answer = job.wantsResult || isFailure(result) ? result : null;
      const list = byClient.get(job.client);
      if (list === undefined) byClient.set(job.client, [answer]);
      else list.push(answer);
    }
    for (const [id, list] of byClient) {
      const client = this.#clients.get(id);
      if (client === undefined) continue;
      this.#witnesses.answer(id, () => send(client, { kind: 'results', results: shorten(list) }));
    }
  }

  #broadcast(authored: readonly AuthoredChange[]): void {
    this.#witnesses.tell(authored);
    const changes = authored.map(({ change }) => change);
    const committedMs = performance.timeOrigin + performance.now();
    for (const client of this.#clients.values()) {
      if (Atomics.load(client.doorbell, WANTS_CHANGES) !== 1) continue;
      const fate = client.backlog.admit(changes.length);
      if (fate === 'tell') send(client, { kind: 'changes', changes, committedMs });
      else if (fate === 'lose') send(client, { kind: 'changesLost' });
    }
  }

  #tellWitness(id: number, seq: number, changes: readonly Change[]): void {
    const client = this.#clients.get(id);
    if (client !== undefined) send(client, { kind: 'witness', seq, changes });
  }

  /** Odd while a commit is under way or its changes are not posted; says so only once. */
  #markCommit(isUnderWay: boolean): void {
    if (this.#isCommitting === isUnderWay) return;
    this.#isCommitting = isUnderWay;
    for (const { doorbell } of this.#clients.values()) turnMark(doorbell);
  }

  #announceFailure(reason: VolumeError): void {
    for (const client of this.#clients.values()) {
      send(client, { kind: 'failed', reason: encodeFailure(reason) });
    }
  }

  #announceEnd(): void {
    for (const { doorbell } of this.#clients.values()) noteEnd(doorbell, ENDED_UNEXPECTEDLY);
  }

  #control(client: Client, { id, control }: ControlMessage): void {
    const reply = (result: unknown): void => send(client, { kind: 'reply', id, result });
    let answer: unknown;
    try {
      answer = this.#perform(client, control);
    } catch (error) {
      reply(encodeFailure(error));
      return;
    }
    if (answer instanceof Promise) {
      const answered = answer.then(reply, (error: unknown) => reply(encodeFailure(error)));
      if (control.type === 'awaitLock') return;
      client.answering.add(answered);
      void answered.then(() => client.answering.delete(answered));
    } else reply(answer);
  }

  /** What it asked for is answered first; its waits for locks end with it. */
  async #leave(client: Client): Promise<null> {
    await Promise.all(client.answering);
    this.#detach(client);
    return null;
  }

  #perform(client: Client, control: Control): unknown {
    // The last replies: to who closes the volume, and to who leaves it meanwhile.
    if (this.#closing && control.type !== 'disconnect') throw volumeClosed(this.#path);
    if (SEES_ALL.has(control.type)) this.#finishBehind();
    switch (control.type) {
      case 'hold':
        return this.#writer.hold(client.id, control.ino as Ino);
      case 'shareHolds':
        this.#writer.openFiles.join(client.id, control.group, new HoldBoard(control.board));
        return null;
      case 'writeBehind':
        this.#behind.join(client.id, control.group, control.wire);
        return null;
      case 'sync':
        return this.#writer.sync(!this.#hasWaiting())?.then(() => null) ?? null;
      case 'checkpoint':
        return this.#writer.checkpoint(control.mode);
      case 'foreignCommits':
        return this.#writer.foreignCommits;
      case 'session':
        return this.#writer.session;
      case 'pin':
        return this.#writer.pin(control.cells);
      case 'makeRoom':
        this.#writer.makeRoom();
        return null;
      case 'vacuum':
        return this.#writer.vacuum(control.pagesMax);
      case 'standStill':
        return this.#writer.standStill(control.cells, control.maxMs);
      case 'record':
        this.#writer.record(control.entry);
        return null;
      case 'repair':
        return this.#repair(control.module, control.request);
      case 'awaitLock':
        return this.#writer.locks.wait(client.id, control.session, control.seq);
      case 'witness':
        this.#witnesses.add(client.id, control.group, new WitnessBoard(control.board));
        return null;
      case 'seen':
        this.#witnesses.noteSeen(client.id, control.seq);
        return null;
      case 'disconnect':
        return this.#leave(client);
      case 'close':
        return this.#close(client);
    }
  }

  /** What mounts have taken so far is done when this returns, first of all what is just being gathered. */
  #finishBehind(): void {
    const gathered = this.#gathering?.takeBatch() ?? [];
    if (gathered.length > 0) this.#runBatch(gathered);
    while (this.#behind.first !== undefined) {
      const gathering = new Gathering(this.#options, this.#behind);
      gathering.add([]);
      this.#runBatch(gathering.batch);
    }
  }

  async #repair(module: string, request: RepairRequest): Promise<unknown> {
    const repair = await loadRepair(module);
    return this.#writer.repair((ctx) => repair(ctx, request));
  }

  /** Finishes what has been accepted, then closes; the last reply goes to who asked. */
  async #close(asker: Client): Promise<null> {
    this.#drainPorts();
    this.#finishBehind();
    while (this.#hasPending()) this.#runBatch(this.#gather());
    this.#closing = true;
    this.#witnesses.close();
    try {
      await this.#writer.close();
    } finally {
      this.#dismiss(asker);
    }
    return null;
  }

  /** Tells all other clients that there is no writer any more. */
  #dismiss(asker: Client): void {
    for (const client of this.#clients.values()) {
      if (client === asker) continue;
      noteEnd(client.doorbell, ENDED_BY_CLOSE);
      client.port.close();
    }
  }
}

/** What the start of the thread answers. */
export type StartAnswer = { readonly migrations: MigrationReport } | Failure;

/** What piscina runs on a thread that is started in advance: by then this module is loaded. */
export function load(): null {
  return null;
}

let thread: WriterThread | undefined;

/**
 * The function that piscina runs, once: opens the volume; afterwards the ports keep the thread busy.
 * Errors are answered encoded, because a clone would lose their codes.
 */
export default function start(task: StartTask): StartAnswer {
  try {
    thread = new WriterThread(task);
    return { migrations: thread.migrations };
  } catch (error) {
    return encodeFailure(translateSqliteError(error, task.path));
  }
}
