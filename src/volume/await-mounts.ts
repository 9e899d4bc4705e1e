/** What programs have written through a mount is to be seen by whoever reads the volume after that. */
import type { Origin } from './origin.js';

/** Waits until what mounts had taken when this was called is committed: commands come after it. */
export function awaitMounts({ boards, writer }: Origin): void {
  // A writer that has ended commits nothing more: what is there can still be read.
  if (boards.behind.records === 0 || writer === undefined || writer.client.isLost) return;
  writer.client.submitJobSync({
    commands: [{ name: 'require', args: [] }],
    isTransaction: false,
  });
}

/**
 * The same without blocking this thread, for what is read by other threads and processes; undefined when there is
 * nothing to wait for, so that the call goes on at once.
 */
export function mountsSettled({ boards, writer }: Origin): Promise<unknown> | undefined {
  if (boards.behind.records === 0 || writer === undefined || writer.client.isLost) return undefined;
  return writer.client.submit('require', []);
}
