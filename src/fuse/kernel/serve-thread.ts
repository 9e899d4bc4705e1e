/**
 * A thread that serves a mount: reads a request, answers it, and so on until the mount has gone. It is
 * blocked in a read nearly all the time: its event loop never turns meanwhile, and nothing but the end of
 * the mount, or a poke after it was told to stop, ends it.
 *
 * INVARIANT: nothing it does to answer a request needs the event loop of another of our threads but the
 * writer's: who mounts may use the mount, synchronously too. Only locks that have to be waited for are
 * answered by the thread that mounted (`desk.ts`).
 */
import { readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';
import { failpoint } from '../../core/failpoint.js';
import { HoldBoard } from '../../core/hold-board.js';
import { WitnessBoard } from '../../core/witness-board.js';
import { WriteBehind, type WriteBehindWire } from '../../core/write-behind.js';
import { attachVolume } from '../../volume/attach.js';
import type { VolumeHandle } from '../../volume/handle.js';
import type { Volume } from '../../volume/volume.js';
import { AttachedAccess } from '../attached-access.js';
import { Desk, type DeskWire } from '../desk.js';
import { answer } from '../handler.js';
import { Openings } from '../openings.js';
import { Positions } from '../positions.js';
import { REQUEST_BYTES_MAX } from '../protocol/limits.js';
import { createPage, encodeError } from '../protocol/reply.js';
import { decodeRequest } from '../protocol/request.js';
import type { MountOptions, Session } from '../session.js';
import { ServingBoard } from './serving-board.js';

/** What the threads of one mount know together. */
export interface SharedByThreads {
  /** Of the mount; also names the channels on which its threads tell each other what they know. */
  readonly mountId: string;
  readonly positions: SharedArrayBuffer;
  readonly openings: SharedArrayBuffer;
  /** What was taken from programs and is not committed yet. */
  readonly behind: WriteBehindWire;
  /** What is open. */
  readonly holds: SharedArrayBuffer;
  /** What the kernel remembers. */
  readonly remembered: SharedArrayBuffer;
}

export interface ServeThreadInput {
  /** Descriptor of /dev/fuse, which belongs to the whole process. */
  readonly fd: number;
  readonly volume: VolumeHandle;
  readonly options: MountOptions;
  /** Which of the mount's threads it is, from 0. */
  readonly thread: number;
  readonly board: SharedArrayBuffer;
  readonly desk: DeskWire;
  readonly shared: SharedByThreads;
}

/** To the thread that mounted: requests may come. */
export const READY = 'ready';

const AGAIN: readonly string[] = ['EINTR', 'EAGAIN', 'ENOENT'];
const GONE: readonly string[] = ['ENODEV', 'EBADF', 'ECONNABORTED'];
/** What other threads tell is taken in now and then, if nobody asks for it. */
const RECEIVE_EVERY = 64;

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Length of the next request, undefined when the mount has gone. */
function nextRequest(fd: number, buffer: Buffer): number | undefined {
  for (;;) {
    try {
      return readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      if (GONE.includes(codeOf(error))) return undefined;
      // ENOENT: the request was interrupted before it was read.
      if (!AGAIN.includes(codeOf(error))) throw error;
    }
  }
}

/**
 * Whether a request is one with which a thread is let go (`connection.ts`). Others are answered until then: this
 * very process may have files of the mount open, and close them where it starts a program that is to end the mount.
 */
function isPoke(request: ReturnType<typeof decodeRequest>): boolean {
  return 'name' in request && request.name === 'statfs';
}

function reply(fd: number, buffer: Buffer, length: number): void {
  try {
    failpoint('mount:answering');
    writeSync(fd, buffer, 0, length);
  } catch (error) {
    // ENOENT: the caller was interrupted and has gone.
    if (!AGAIN.includes(codeOf(error)) && !GONE.includes(codeOf(error))) throw error;
  }
}

class Serving {
  readonly #input: ServeThreadInput;
  readonly #board: ServingBoard;
  readonly #session: Session;
  readonly #requests = createPage(REQUEST_BYTES_MAX);

  constructor(input: ServeThreadInput, board: ServingBoard, session: Session) {
    this.#input = input;
    this.#board = board;
    this.#session = session;
  }

  run(): void {
    const { fd } = this.#input;
    const { buffer, view } = this.#requests;
    for (let count = 1; ; count += 1) {
      const length = nextRequest(fd, buffer);
      if (length === undefined) return;
      const request = decodeRequest(buffer, view, length);
      this.#answer(request);
      if (this.#board.isStopping && isPoke(request)) return;
      if (count % RECEIVE_EVERY !== 0) continue;
      this.#session.positions.receive();
      this.#session.openings.receive();
    }
  }

  readonly #noteError = (error: unknown, request: string): void => {
    this.#board.countError();
    this.#session.desk.report(error, request);
  };

  #answer(request: ReturnType<typeof decodeRequest>): void {
    const { fd, thread } = this.#input;
    const { page } = this.#session;
    this.#board.beginRequest(thread, request.unique);
    let replyBytes: number;
    try {
      replyBytes = answer(this.#session, request, this.#noteError);
    } catch (error) {
      // Whoever waits for it must not wait for ever.
      reply(fd, page.buffer, encodeError(page, request.unique, constants.errno.EIO));
      throw error;
    }
    if (replyBytes > 0) reply(fd, page.buffer, replyBytes);
    this.#board.endRequest(thread);
  }
}

/** Channels of the mount, each with an inbox of this thread. */
class Channels {
  readonly positions: BroadcastChannel;
  readonly openings: BroadcastChannel;

  constructor(mountId: string) {
    this.positions = new BroadcastChannel(`${mountId} positions`);
    this.openings = new BroadcastChannel(`${mountId} openings`);
    this.positions.unref();
    this.openings.unref();
  }

  close(): void {
    this.positions.close();
    this.openings.close();
  }
}

function createSession(input: ServeThreadInput, volume: Volume, channels: Channels): Session {
  const { options, shared, desk } = input;
  const { writer } = volume.internals;
  const holds = new HoldBoard(shared.holds);
  writer?.controlSync({ type: 'shareHolds', group: shared.mountId, board: shared.holds });
  writer?.controlSync({ type: 'writeBehind', group: shared.mountId, wire: shared.behind });
  const known = { behind: new WriteBehind(shared.behind), holds };
  const access = new AttachedAccess(volume.path, volume.internals, known, options.isReadOnly);
  // What this mount has taken is waited for inode by inode.
  volume.internals.pool.beforeRead = () => access.awaitOthers();
  return {
    volume: access,
    positions: new Positions(shared.positions, channels.positions),
    openings: new Openings(shared.openings, channels.openings),
    options,
    desk: new Desk(desk),
    remembered: new WitnessBoard(shared.remembered),
    page: createPage(REQUEST_BYTES_MAX),
  };
}

/**
 * Who leaves last ends the connection. A program that this process starts at the same moment closes the files that it has
 * inherited before it begins: it would wait for an answer, and whoever started it for the program.
 */
function leave({ fd }: ServeThreadInput, board: ServingBoard): void {
  const left = board.countAlive(-1);
  if (left === 0 && board.isStopping) board.closeOnce(fd);
}

async function serve(input: ServeThreadInput): Promise<void> {
  const board = new ServingBoard(input.board);
  const volume = attachVolume(input.volume);
  const channels = new Channels(input.shared.mountId);
  try {
    const serving = new Serving(input, board, createSession(input, volume, channels));
    board.countAlive(1);
    parentPort?.postMessage(READY);
    try {
      if (board.waitForMount()) serving.run();
    } finally {
      leave(input, board);
    }
  } finally {
    channels.close();
    await volume.close();
  }
}

await serve(workerData as ServeThreadInput);
