/**
 * Task of the checkpoint thread: moves what it can from the log into the database file, beside the
 * writer, which goes on appending. Opens a connection for the task: against the checkpoint it costs
 * nothing, and no connection is left behind when the thread idles out.
 */
import { openConnection } from '../sqlite/connection.js';
import { type CheckpointResult, checkpoint } from '../sqlite/wal.js';

export interface CheckpointTask {
  readonly path: string;
  readonly synchronous: 'OFF' | 'NORMAL' | 'FULL';
}

// A checkpoint reads the log and writes the file; it looks at no page through the cache.
const CACHE_BYTES = 1024 * 1024;

export default function runCheckpoint({ path, synchronous }: CheckpointTask): CheckpointResult {
  const connection = openConnection(path, {
    role: 'writer',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs: 0,
    synchronous,
  });
  try {
    return checkpoint(connection, 'passive');
  } finally {
    connection.close();
  }
}
