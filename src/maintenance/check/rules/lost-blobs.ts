/** I19: every blob that is referenced exists. What is lost stays reported until the file is replaced. */
import type { CheckContext } from '../context.js';
import type { Check } from '../finding.js';

const SQL = `
  SELECT r.blob, r.refs, r.ino FROM check_ref AS r
  WHERE r.blob > ? AND r.blob <= ? AND NOT EXISTS (SELECT 1 FROM blob AS b WHERE b.id = r.blob)
  LIMIT ?`;
const WHERE = `
  SELECT CASE WHEN i.head = ? THEN 0
              ELSE (SELECT min(c.idx) FROM chunk AS c WHERE c.ino = i.ino AND c.blob = ?) END
  FROM inode AS i WHERE i.ino = ?`;

function placeOf(context: CheckContext, blob: number, ino: number): string {
  const idx = context.row<[number | null]>(WHERE, blob, blob, ino)?.[0] ?? null;
  return idx === null ? 'a chunk' : `chunk ${idx}`;
}

export const lostBlobs: Check = {
  invariants: ['I19'],
  *find(context) {
    context.scratch.need('references');
    const query = { range: 'blob', what: 'content', sql: SQL } as const;
    yield* context.scan<[number, number, number]>(query, ([blob, refs, ino]) => ({
      invariant: 'I19',
      ino,
      detail:
        `the bytes of ${placeOf(context, blob, ino)} are lost (blob ${blob}` +
        `${refs > 1 ? `, referenced ${refs} times` : ''})`,
    }));
  },
};
