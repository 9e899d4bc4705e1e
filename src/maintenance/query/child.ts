/**
 * Entry of the process that runs queries, one after the other. Between queries it has nothing open, so
 * that it may be ended at any time.
 */
import { Worker } from 'node:worker_threads';
import { encodeFailure } from '../../core/failure.js';
import { programUrl } from '../../core/programs.js';
import { GuardCells } from './guard-cells.js';
import type { QueryReply, QueryRequest } from './protocol.js';
import { runStatement } from './run-statement.js';

const cells = new GuardCells();

function startGuard(): void {
  const guard = new Worker(programUrl('maintenance/query/guard'), {
    workerData: { cells: cells.buffer, parentPid: process.ppid },
  });
  guard.unref();
}

function send(reply: QueryReply): void {
  process.send?.(reply);
}

function answer(request: QueryRequest): void {
  cells.begin(request);
  try {
    const result = runStatement(request, (rows) => send({ kind: 'rows', rows }));
    send({ kind: 'done', ...result });
  } catch (error) {
    send({ kind: 'failed', failure: encodeFailure(error) });
  } finally {
    cells.end();
  }
}

// Ctrl-C in a terminal reaches every process of the program. Whoever asked decides what it means.
process.on('SIGINT', () => undefined);
process.on('message', answer);
// Who asked is gone.
process.on('disconnect', () => process.exit());
startGuard();
send({ kind: 'ready' });
