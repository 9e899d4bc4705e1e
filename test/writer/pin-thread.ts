/** Task: pins a view and tells which commit it is, what the file `/n` holds, and what it holds later. */

import { answerTask, type TaskAnswer, type TaskRequest } from '#src/readers/task.js';
import { openConnection } from '#src/sqlite/connection.js';
import { type Pinned, pinSnapshot } from '#src/writer/pin.js';

export interface PinInput {
  readonly path: string;
  readonly cells: SharedArrayBuffer;
}

export interface PinOutput extends Pinned {
  readonly content: string;
}

const CONTENT = `
  SELECT CAST(inline AS TEXT) FROM inode JOIN dentry USING (ino) WHERE dentry.name = 'n'`;

export default function pin(request: TaskRequest<PinInput>): TaskAnswer<PinOutput> {
  return answerTask(request, ({ path, cells }, control) => {
    const connection = openConnection(path, {
      role: 'reader',
      cacheBytes: 1_000_000,
      busyTimeoutMs: 1000,
    });
    try {
      const pinned = pinSnapshot(cells, connection, control);
      const content = connection.statement<[], [string]>(CONTENT).get()?.[0] ?? '';
      connection.execute('COMMIT');
      return { ...pinned, content };
    } finally {
      connection.close();
    }
  });
}
