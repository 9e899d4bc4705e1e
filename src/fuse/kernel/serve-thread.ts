/**
 * A thread that serves a mount: reads a request, answers it, and so on until the mount has gone. It is
 * blocked in a read nearly all the time: its event loop never turns meanwhile, and nothing but the end of
 * the mount, or a request after it was told to stop, ends it.
 *
 * INVARIANT: nothing it does to answer a request needs the event loop of another of our threads but the
 * writer's: who mounts may use the mount, synchronously too.
 */
import { readSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { BroadcastChannel, parentPort, workerData } from 'node:worker_threads';
import { attachVolume } from '../../volume/attach.js';
import type { VolumeHandle } from '../../volume/handle.js';
import type { Volume } from '../../volume/volume.js';
import { AttachedAccess } from '../attached-access.js';
import { answer, type OnError } from '../handler.js';
import { Positions } from '../positions.js';
import { REQUEST_BYTES_MAX } from '../protocol/limits.js';
import { createPage, encodeError } from '../protocol/reply.js';
import { decodeRequest } from '../protocol/request.js';
import type { MountOptions, Session } from '../session.js';
import { ServingBoard } from './serving-board.js';

export interface ServeThreadInput {
  /** Descriptor of /dev/fuse, which belongs to the whole process. */
  readonly fd: number;
  readonly volume: VolumeHandle;
  readonly options: MountOptions;
  /** Which of the mount's threads it is, from 0. */
  readonly thread: number;
  /** Of the mount; also names the channel on which its threads tell each other of positions. */
  readonly mountId: string;
  readonly board: SharedArrayBuffer;
  readonly positions: SharedArrayBuffer;
}

/** To the thread that mounted. */
export type ServeThreadMessage =
  | 'ready'
  /** Something that has no errno: a bug, or what a disk or the volume says. */
  | { readonly request: string; readonly error: unknown };

const AGAIN: readonly string[] = ['EINTR', 'EAGAIN', 'ENOENT'];
const GONE: readonly string[] = ['ENODEV', 'EBADF', 'ECONNABORTED'];
/** Positions that other threads tell are taken in now and then, if nobody asks for them. */
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

function reply(fd: number, buffer: Buffer, length: number): void {
  try {
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
  readonly #onError: OnError;

  constructor(input: ServeThreadInput, board: ServingBoard, session: Session) {
    this.#input = input;
    this.#board = board;
    this.#session = session;
    this.#onError = (error, request) => {
      board.countError();
      tell({ request, error: plain(error) });
    };
  }

  run(): void {
    const { fd } = this.#input;
    const { buffer, view } = this.#requests;
    for (let count = 1; !this.#board.isStopping; count += 1) {
      const length = nextRequest(fd, buffer);
      if (length === undefined) return;
      this.#answer(decodeRequest(buffer, view, length));
      if (count % RECEIVE_EVERY === 0) this.#session.positions.receive();
    }
  }

  #answer(request: ReturnType<typeof decodeRequest>): void {
    const { fd, thread } = this.#input;
    const { page } = this.#session;
    this.#board.beginRequest(thread, request.unique);
    let replyBytes: number;
    try {
      replyBytes = answer(this.#session, request, this.#onError);
    } catch (error) {
      // Whoever waits for it must not wait for ever.
      reply(fd, page.buffer, encodeError(page, request.unique, constants.errno.EIO));
      throw error;
    }
    if (replyBytes > 0) reply(fd, page.buffer, replyBytes);
    this.#board.endRequest(thread);
  }
}

function tell(message: ServeThreadMessage): void {
  parentPort?.postMessage(message);
}

/** What a structured clone takes to another thread. */
function plain(error: unknown): unknown {
  const { message, stack, code } = error as Error & { readonly code?: unknown };
  return { message, stack, code: typeof code === 'string' ? code : undefined };
}

function createSession(
  input: ServeThreadInput,
  volume: Volume,
  channel: BroadcastChannel,
): Session {
  const { options, mountId } = input;
  const { pool, writer } = volume.internals;
  writer?.controlSync({ type: 'shareHolds', group: mountId });
  return {
    volume: new AttachedAccess(volume.path, pool, writer, options.isReadOnly),
    positions: new Positions(input.positions, channel),
    options,
    page: createPage(REQUEST_BYTES_MAX),
  };
}

async function serve(input: ServeThreadInput): Promise<void> {
  const board = new ServingBoard(input.board);
  const volume = attachVolume(input.volume);
  const channel = new BroadcastChannel(input.mountId);
  channel.unref();
  try {
    const serving = new Serving(input, board, createSession(input, volume, channel));
    board.countAlive(1);
    tell('ready');
    try {
      if (board.waitForMount()) serving.run();
    } finally {
      board.countAlive(-1);
    }
  } finally {
    channel.close();
    await volume.close();
  }
}

await serve(workerData as ServeThreadInput);
