/**
 * A thread that serves a mount: reads a request, answers it, and so on until the mount has gone. It is
 * blocked in a read nearly all the time: its event loop never turns, and nothing but the end of the mount
 * ends it.
 */
import { readSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { attachVolume } from '../../volume/attach.js';
import type { VolumeHandle } from '../../volume/handle.js';
import { AttachedAccess } from '../attached-access.js';
import { Desk, type DeskWire } from '../desk.js';
import { answer } from '../handler.js';
import { Handles } from '../handles.js';
import { REQUEST_BYTES_MAX } from '../protocol/limits.js';
import { createPage } from '../protocol/reply.js';
import { decodeRequest } from '../protocol/request.js';
import type { MountOptions, Session } from '../session.js';

export interface ServeThreadInput {
  /** Descriptor of /dev/fuse, which belongs to the whole process. */
  readonly fd: number;
  readonly volume: VolumeHandle;
  readonly options: MountOptions;
  readonly desk: DeskWire;
}

const AGAIN: readonly string[] = ['EINTR', 'EAGAIN', 'ENOENT'];
const GONE: readonly string[] = ['ENODEV', 'EBADF', 'ECONNABORTED'];

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

function serve({ fd, volume: handle, options, desk }: ServeThreadInput): void {
  const volume = attachVolume(handle);
  const { pool, writer } = volume.internals;
  const session: Session = {
    volume: new AttachedAccess(volume.path, pool, writer),
    handles: new Handles(),
    options,
    desk: new Desk(desk),
    page: createPage(REQUEST_BYTES_MAX),
  };
  const requests = createPage(REQUEST_BYTES_MAX);
  for (;;) {
    const length = nextRequest(fd, requests.buffer);
    if (length === undefined) return;
    const request = decodeRequest(requests.buffer, requests.view, length);
    const replyBytes = answer(session, request, (error, name) => session.desk.report(error, name));
    if (replyBytes > 0) reply(fd, session.page.buffer, replyBytes);
  }
}

serve(workerData as ServeThreadInput);
