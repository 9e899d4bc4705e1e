/**
 * Writes its range of a file again and again, each time with the next number in every byte, and tells when it
 * begins and when the write has been acknowledged.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';

export interface RangeWork {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly rounds: number;
  /** Two cells: the number that is being written, and the last one that was acknowledged. */
  readonly told: Int32Array;
}

const { path, offset, length, rounds, told } = workerData as RangeWork;
let fd = openSync(path, 'r+');
for (let number = 1; number <= rounds; number += 1) {
  Atomics.store(told, 0, number);
  const written = writeSync(fd, Buffer.alloc(length, number % 256), 0, length, offset);
  if (written !== length) throw new Error(`${written} of ${length} bytes written`);
  Atomics.store(told, 1, number);
  if (number % 40 === 0) fsyncSync(fd);
  if (number % 25 === 0) {
    closeSync(fd);
    fd = openSync(path, 'r+');
  }
}
closeSync(fd);
