/** `FileHandle.readableWebStream`: the rest of a file as a web stream. */
import { ReadableStream, type ReadableStreamController } from 'node:stream/web';
import type { FileHandle } from './file-handle.js';

/** Bytes read at a time when the reader brings no buffer of its own. */
const PIECE_BYTES = 64 * 1024;
const BYTE_STREAM_PIECE_BYTES = 16_384;

type Controller = ReadableStreamController<Uint8Array>;

interface ByobController {
  readonly byobRequest: {
    readonly view: ArrayBufferView;
    respond(bytesWritten: number): void;
  } | null;
}

/** What both kinds of stream share: an end that comes once, from the file, its reader or its handle. */
class Ending {
  #ended = false;
  readonly #release: () => void;

  constructor(release: () => void) {
    this.#release = release;
  }

  get isOver(): boolean {
    return this.#ended;
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#release();
  }
}

/** `release` is called when the stream no longer needs the handle. */
export function webStream(
  handle: FileHandle,
  isByteStream: boolean,
  release: () => void,
): ReadableStream<Uint8Array> {
  const ending = new Ending(release);
  let controller: Controller | undefined;
  const close = (): void => {
    ending.end();
    controller?.close();
    (controller as unknown as ByobController | undefined)?.byobRequest?.respond(0);
  };
  handle.once('close', () => {
    if (!ending.isOver) close();
  });
  const pull = isByteStream ? pullInto : pullPiece;
  const source: object = {
    ...(isByteStream ? { type: 'bytes', autoAllocateChunkSize: BYTE_STREAM_PIECE_BYTES } : {}),
    start: (given: Controller) => {
      controller = given;
    },
    pull: async (given: Controller) => {
      try {
        const more = await pull(handle, given, ending);
        if (!more && !ending.isOver) close();
      } catch (error) {
        ending.end();
        throw error;
      }
    },
    cancel: () => ending.end(),
  };
  return new ReadableStream<Uint8Array>(source);
}

/** False at the end of the file. */
async function pullPiece(
  handle: FileHandle,
  controller: Controller,
  ending: Ending,
): Promise<boolean> {
  const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
  const { bytesRead } = await handle.read(piece);
  if (bytesRead > 0 && !ending.isOver) {
    controller.enqueue(new Uint8Array(piece.buffer, 0, bytesRead));
  }
  return bytesRead > 0;
}

/** Reads into the buffer of the reader; false at the end of the file. */
async function pullInto(
  handle: FileHandle,
  controller: Controller,
  ending: Ending,
): Promise<boolean> {
  const request = (controller as unknown as ByobController).byobRequest;
  if (request === null) return true;
  const { bytesRead } = await handle.read(request.view);
  if (bytesRead > 0 && !ending.isOver) request.respond(bytesRead);
  return bytesRead > 0;
}
