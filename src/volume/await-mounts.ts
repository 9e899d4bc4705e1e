/** What programs have written through a mount is to be seen by whoever reads the volume after that. */
import type { WriterClient } from '../writer/client.js';
import type { Origin } from './origin.js';

/** Undefined when nothing is pending. A writer that has ended commits nothing more: what is there can be read. */
function writerOfPending({ boards, writer }: Origin): WriterClient | undefined {
  if (boards.behind.records === 0 || writer?.client.isLost === true) return undefined;
  return writer?.client;
}

/** Waits until what mounts had taken when this was called is committed. */
export function awaitMounts(origin: Origin): void {
  writerOfPending(origin)?.awaitEarlier();
}

/**
 * The same without blocking this thread, for what is read by other threads and processes; undefined when there is
 * nothing to wait for, so that the call can go on at once.
 */
export function mountsSettled(origin: Origin): Promise<unknown> | undefined {
  return writerOfPending(origin)?.submit('require', []);
}
