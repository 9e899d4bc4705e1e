/** I21: a blob that nothing references does not exist. */
import type { Check } from '../finding.js';

const SQL = `
  SELECT b.id, length(b.data) FROM blob AS b
  WHERE b.id > ? AND b.id <= ? AND NOT EXISTS (SELECT 1 FROM check_ref AS r WHERE r.blob = b.id)
  LIMIT ?`;
const DELETE = 'DELETE FROM blob WHERE id = ?';

export const unreferencedBlobs: Check = {
  invariants: ['I21'],
  *find(context) {
    context.scratch.need('references');
    const query = { range: 'blob', what: 'blobs', sql: SQL } as const;
    yield* context.scan<[number, number]>(query, ([blob, length]) => ({
      invariant: 'I21',
      ino: null,
      detail: `nothing references blob ${blob} of ${length} bytes`,
      repair: (fixer) => fixer.run(DELETE, blob),
    }));
  },
};
