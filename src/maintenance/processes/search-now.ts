/** The search for a thread that must not do anything else meanwhile. */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { programUrl } from '../../core/programs.js';
import { DEADLINE_MS, type Search, type SearchLimits, type Wanted } from './search.js';
import type { SearchErrand } from './search-thread.js';

/** For the thread to start and to answer, beside the search. */
const SPARE_MS = 5000;

const NOTHING_KNOWN: Search = { found: [], silent: [], isComplete: false };

/** Blocks this thread until all processes have been looked into, or the deadline has come. */
export function searchProcessesNow(wanted: Wanted, limits: SearchLimits = {}): Search {
  const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const { port1: answers, port2: port } = new MessageChannel();
  const errand: SearchErrand = { wanted, limits, port, bell };
  const worker = new Worker(programUrl('maintenance/processes/search-thread'), {
    workerData: errand,
    transferList: [port],
  });
  // One that cannot start, for want of memory, gives no answer; that is all there is to know.
  worker.on('error', () => undefined);
  worker.unref();
  Atomics.wait(bell, 0, 0, (limits.deadlineMs ?? DEADLINE_MS) + SPARE_MS);
  const answer = receiveMessageOnPort(answers);
  answers.close();
  return (answer?.message as Search | undefined) ?? NOTHING_KNOWN;
}
