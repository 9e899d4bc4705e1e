/**
 * Entry of the thread that watches over a process for queries. SQLite's own limit on memory has no
 * effect in the driver's build, and the thread that SQLite works on hears nothing: so this one looks,
 * and ends the process when a query takes too much memory, when nobody is left to answer, or when whoever
 * asked did not end it in time. The file is open for reading only: there is nothing to undo.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { GuardCells } from './guard-cells.js';
import { OUT_OF_MEMORY } from './protocol.js';

const LOOK_EVERY_MS = 50;
const STDERR = 2;

const { cells: buffer, parentPid } = workerData as {
  readonly cells: SharedArrayBuffer;
  readonly parentPid: number;
};
const cells = new GuardCells(buffer);

function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

function look(): void {
  const { rssBytesMax, deadlineMs } = cells.limits;
  if (process.memoryUsage.rss() > rssBytesMax) {
    writeSync(STDERR, OUT_OF_MEMORY);
    endProcess();
  }
  // The system gives a process whose parent has ended another one.
  if (process.ppid !== parentPid || Date.now() > deadlineMs) endProcess();
}

for (;;) {
  cells.waitForQuery();
  while (cells.isBusyAfter(LOOK_EVERY_MS)) look();
}
