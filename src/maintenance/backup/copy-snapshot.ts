/**
 * Copies one state of a database that may be in use to a file: a reader thread keeps the view, a process
 * of its own copies what is in it.
 */

import { programPath } from '../../core/programs.js';
import type { ReaderThreads } from '../../readers/threads.js';
import { answeringPin, createPinCells, type PIN_READY, type PinClient } from '../../writer/pin.js';
import type { CopyChild } from './copy-child.js';
import type { ImageJob, ImageResult } from './copy-image.js';
import type { Report } from './copy-process.js';
import { type Image, type PinInput, type PinMessage, WISH_COPY, WISH_END } from './pin-task.js';

export interface SnapshotRequest {
  readonly source: string;
  /** A file that is there and empty. */
  readonly target: string;
  readonly threads: ReaderThreads;
  readonly child: CopyChild;
  /** The way to the writer of `source`, where there is one in this process. */
  readonly writer: PinClient | undefined;
  readonly busyTimeoutMs: number;
  readonly pagesPerStep: number;
  readonly bytesPerSecondMax: number;
  readonly signal: AbortSignal | undefined;
  /** Called once, before anything is written; what it throws ends the copy. */
  readonly onImage: (image: Image) => void;
  readonly onCopied: (report: Report) => void;
}

export interface SnapshotCopy extends ImageResult {
  readonly image: Image;
}

export async function copySnapshot(request: SnapshotRequest): Promise<SnapshotCopy> {
  const view = openView(request);
  try {
    const image = await view.image;
    request.onImage(image);
    const isNeeded = image.log !== 'unknown';
    if (image.log === 'unknown') {
      view.wish(WISH_COPY);
      await view.ended;
    }
    const result = request.child.ask('copy', jobOf(request, image), ({ done, total }) =>
      request.onCopied(isNeeded ? { done, total } : { done: total + done, total: 2 * total }),
    );
    // Without the view the file is no snapshot: whatever ends it ends the copy.
    await Promise.race([result, isNeeded ? view.ended.then(() => result) : result]);
    return { ...(await result), image };
  } finally {
    view.wish(WISH_END);
    // The copy is what counts; the view has nothing left to say, unless it never began.
    await view.ended.catch(() => undefined);
  }
}

function jobOf(request: SnapshotRequest, image: Image): ImageJob {
  const { target, pagesPerStep, bytesPerSecondMax } = request;
  const { pages, pageSizeBytes, log, path } = image;
  const common = { target, pages, pageSizeBytes, pagesPerStep, bytesPerSecondMax };
  // What SQLite has copied is only finished: read, marked and hashed.
  return log === 'unknown'
    ? { ...common, source: target, log: null }
    : { ...common, source: path, log };
}

interface View {
  readonly image: Promise<Image>;
  /** Settles when the thread has let the view go. */
  readonly ended: Promise<unknown>;
  wish(what: number): void;
}

function openView(request: SnapshotRequest): View {
  const { source: path, target, threads, writer, busyTimeoutMs, pagesPerStep } = request;
  const cells = createPinCells();
  const cell = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const { cacheBytes } = threads;
  const input: PinInput = {
    path,
    cacheBytes,
    busyTimeoutMs,
    cells,
    wish: cell,
    target,
    pagesPerStep,
  };
  let tellImage: (image: Image) => void = () => undefined;
  const told = new Promise<Image>((resolve) => {
    tellImage = resolve;
  });
  const onMessage = (message: PinMessage): void => {
    if ('image' in message) tellImage(message.image);
    else {
      // What SQLite has copied is read once more.
      const { done, total } = message.copied;
      request.onCopied({ done, total: 2 * total });
    }
  };
  const ended = threads.run<PinInput, null, PinMessage | typeof PIN_READY>(
    programPath('maintenance/backup/pin-task'),
    input,
    {
      onProgress: answeringPin(writer, cells, onMessage),
      signal: request.signal,
    },
  );
  ended.catch(() => undefined);
  return {
    image: Promise.race([told, ended.then(() => told)]),
    ended,
    wish: (what) => Atomics.store(new Int32Array(cell), 0, what),
  };
}
