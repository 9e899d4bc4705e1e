/** Ends, without another line of its code, when it changes the memory of a mount for the `step`th time. */
import { workerData } from 'node:worker_threads';
import type { Ino } from '#src/core/ino.js';
import { WriteBehind, type WriteBehindWire } from '#src/core/write-behind.js';

const { wire, ino, step } = workerData as {
  readonly wire: WriteBehindWire;
  readonly ino: Ino;
  readonly step: number;
};
const ring = new WriteBehind(wire);
let changes = 0;
const dying = <T extends (...args: never[]) => number>(change: T): T =>
  ((...args) => {
    changes += 1;
    // In a thread nothing runs after it, no `finally` either.
    if (changes === step) process.exit(0);
    return change(...args);
  }) as T;
Object.assign(Atomics, {
  add: dying(Atomics.add as (...args: never[]) => number),
  store: dying(Atomics.store as (...args: never[]) => number),
});
ring.write({ ino, offset: 0, isAppend: false, asStranger: false, data: Buffer.from('x') });
