/**
 * Gives memory back as soon as what was in it is written.
 *
 * Slabs come by transfer and are garbage of the writer's thread, whose own heap is small: V8 looks at memory
 * outside of it only when there are 64 MiB of that, and so much would stay with a writer that is idle after
 * a load. What is smaller is left to V8: giving it back would cost more than it is worth.
 */
import { MessageChannel } from 'node:worker_threads';

const WORTH_BYTES = 256 * 1024;

// A port whose other end is closed lets go of what is transferred to it.
const { port1: nowhere, port2 } = new MessageChannel();
nowhere.close();
port2.close();

/** Nobody may look at these bytes any more. */
export function giveBack(slabs: readonly Uint8Array[]): void {
  for (const { buffer } of slabs) {
    if (buffer.byteLength >= WORTH_BYTES) nowhere.postMessage(null, [buffer as ArrayBuffer]);
  }
}
