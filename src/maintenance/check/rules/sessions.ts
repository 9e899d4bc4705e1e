/** I25: a hold is of a session and an orphan that exist; no session has seen an orphan to come. */
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

const HOLDS = `
  SELECT h.ino, h.session, s.id IS NULL FROM hold AS h LEFT JOIN session AS s ON s.id = h.session
  WHERE h.ino > ? AND h.ino <= ?
    AND (s.id IS NULL OR NOT EXISTS (SELECT 1 FROM orphan AS o WHERE o.ino = h.ino))
  LIMIT ?`;
const SEEN = `
  SELECT s.id, s.orphan_seen FROM session AS s
  WHERE s.orphan_seen
    NOT BETWEEN 0 AND (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'orphan')
  ORDER BY s.id LIMIT 1000`;
const DELETE = 'DELETE FROM hold WHERE ino = ? AND session = ?';
// Nothing seen: until the session says more, none of its orphans is deleted.
const FORGET = 'UPDATE session SET orphan_seen = 0 WHERE id = ?';

type Hold = [ino: number, session: number, noSession: number];

function holdFinding([ino, session, noSession]: Hold): Finding {
  const what = noSession === 1 ? 'which does not exist' : 'but is no orphan';
  return {
    invariant: 'I25',
    ino,
    detail: `inode ${ino} is held by session ${session}, ${what}`,
    repair: (fixer) => fixer.run(DELETE, ino, session),
  };
}

export const sessions: Check = {
  invariants: ['I25'],
  *find(context: CheckContext) {
    yield* context.scan<Hold>({ range: 'inode', what: 'holds', sql: HOLDS }, holdFinding);
    for (const [id, seen] of context.rows<[number, number]>(SEEN)) {
      yield {
        invariant: 'I25',
        ino: null,
        path: null,
        detail: `session ${id} has seen orphan ${seen}, which is yet to come`,
        repair: (fixer) => fixer.run(FORGET, id),
      };
    }
  },
};
