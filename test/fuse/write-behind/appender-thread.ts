/** Puts so many writes of one inode, each with its number for an offset, into the memory of a mount. */
import { workerData } from 'node:worker_threads';
import type { Ino } from '#src/core/ino.js';
import { WriteBehind, type WriteBehindWire } from '#src/core/write-behind.js';

const { wire, ino, count } = workerData as {
  readonly wire: WriteBehindWire;
  readonly ino: Ino;
  readonly count: number;
};
const ring = new WriteBehind(wire);
for (let number = 0; number < count; number += 1) {
  const data = Buffer.alloc((number * 7) % 5000, (number + ino) % 256);
  while (!ring.write({ ino, offset: number, isAppend: false, asStranger: false, data }))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
