/** I20: a blob with several references has a row in `share` that says how many; no other has one. */
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';

const WRONG = `
  SELECT r.blob, r.refs, s.refs, r.ino FROM check_ref AS r LEFT JOIN share AS s ON s.blob = r.blob
  WHERE r.blob > ? AND r.blob <= ? AND s.refs IS NOT CASE WHEN r.refs > 1 THEN r.refs END
    AND EXISTS (SELECT 1 FROM blob AS b WHERE b.id = r.blob)
  LIMIT ?`;
// A row of a blob that nothing references, whether it exists or not.
const IDLE = `
  SELECT s.blob, s.refs FROM share AS s
  WHERE s.blob > ? AND s.blob <= ? AND NOT EXISTS (SELECT 1 FROM check_ref AS r WHERE r.blob = s.blob)
  LIMIT ?`;
const SET = `
  INSERT INTO share (blob, refs) VALUES (?, ?) ON CONFLICT (blob) DO UPDATE SET refs = excluded.refs`;
const DELETE = 'DELETE FROM share WHERE blob = ?';

type Wrong = [blob: number, refs: number, counted: number | null, ino: number];

function toFinding([blob, refs, counted, ino]: Wrong): Finding {
  return {
    invariant: 'I20',
    ino,
    detail: `blob ${blob} is referenced ${refs} times and counted ${counted ?? 1}`,
    repair: (fixer) => (refs > 1 ? fixer.run(SET, blob, refs) : fixer.run(DELETE, blob)),
  };
}

export const shares: Check = {
  invariants: ['I20'],
  *find(context: CheckContext) {
    context.scratch.need('references');
    yield* context.scan<Wrong>({ range: 'blob', what: 'share counts', sql: WRONG }, toFinding);
    const query = { range: 'blob', what: 'share counts', sql: IDLE } as const;
    yield* context.scan<[number, number]>(query, ([blob, refs]) => ({
      invariant: 'I20',
      ino: null,
      detail: `blob ${blob} is counted ${refs} times and referenced by nothing`,
      repair: (fixer) => fixer.run(DELETE, blob),
    }));
  },
};
