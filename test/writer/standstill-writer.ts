/** The writer's side of a standstill, on a thread of its own; `workerData` says how it answers. */
import { parentPort, workerData } from 'node:worker_threads';
import { letWork } from '#src/writer/standstill.js';

parentPort?.on('message', ({ cells, maxMs }: { cells: SharedArrayBuffer; maxMs: number }) => {
  if (workerData === 'refuse') parentPort?.postMessage({ refused: 'refused by the writer' });
  else if (workerData === 'late') parentPort?.postMessage({ done: false });
  else parentPort?.postMessage({ done: letWork(cells, 4711, maxMs) });
});
