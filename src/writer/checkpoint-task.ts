/**
 * Task of the checkpoint thread: moves what it can from the log into the database file, beside the
 * writer, which goes on appending. Opens a connection for the task: against the checkpoint it costs
 * nothing, and no connection is left behind when the thread idles out.
 */
import { failpoint } from '../core/failpoint.js';
import { openConnection } from '../sqlite/connection.js';
import { type CheckpointResult, checkpoint } from '../sqlite/wal.js';

export interface CheckpointTask {
  readonly path: string;
  readonly synchronous: 'OFF' | 'NORMAL' | 'FULL';
}

// A checkpoint reads the log and writes the file; it looks at no page through the cache.
const CACHE_BYTES = 1024 * 1024;

export interface CheckpointTaskAnswer {
  readonly result: CheckpointResult;
  readonly durationMs: number;
}

export default function runCheckpoint({ path, synchronous }: CheckpointTask): CheckpointTaskAnswer {
  const connection = openConnection(path, {
    role: 'writer',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs: 0,
    synchronous,
  });
  try {
    const startedMs = performance.now();
    const result = checkpoint(connection, 'passive');
    failpoint('checkpoint:beside');
    return { result, durationMs: performance.now() - startedMs };
  } finally {
    connection.close();
  }
}
