/** The thread that waits for a search on behalf of one that has to stand still (`search-now.ts`). */
import type { MessagePort } from 'node:worker_threads';
import { workerData } from 'node:worker_threads';
import { type SearchLimits, searchProcesses, type Wanted } from './search.js';

export interface SearchErrand {
  readonly wanted: Wanted;
  readonly limits: SearchLimits;
  readonly port: MessagePort;
  /** Rung when the answer is in the port. */
  readonly bell: Int32Array;
}

const { wanted, limits, port, bell } = workerData as SearchErrand;
port.postMessage(await searchProcesses(wanted, limits));
Atomics.store(bell, 0, 1);
Atomics.notify(bell, 0);
port.close();
