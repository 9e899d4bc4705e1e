/** I6: the type of every inode is one of the seven, and nothing else is in the mode. */
import { MODE_BITS, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../../../core/mode.js';
import type { Check } from '../finding.js';
import type { Fixer } from '../fixer.js';
import { KNOWN_TYPES, typeOf } from '../sql.js';

const SQL = `
  SELECT i.ino, i.mode FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ?
    AND (${typeOf('i')} NOT IN ${KNOWN_TYPES} OR (i.mode & ~${S_IFMT | MODE_BITS}) <> 0)
    AND i.ino <> 1
  LIMIT ?`;
const GUESS = `
  SELECT CASE WHEN i.parent IS NOT NULL THEN ${S_IFDIR}
              WHEN EXISTS (SELECT 1 FROM symlink AS s WHERE s.ino = i.ino) THEN ${S_IFLNK}
              ELSE ${S_IFREG} END
  FROM inode AS i WHERE i.ino = ?`;
const IS_KNOWN = `SELECT ? IN ${KNOWN_TYPES}`;
const SET = 'UPDATE inode SET mode = ?, version = max(version, 0) + 1 WHERE ino = ?';

/** A known type stays; an unknown one follows from what only one type of inode has. */
function repairMode(fixer: Fixer, ino: number, mode: number): void {
  const type = mode & S_IFMT;
  const isKnown = fixer.get<[number]>(IS_KNOWN, type)?.[0] === 1;
  const repaired = isKnown ? type : (fixer.get<[number]>(GUESS, ino)?.[0] ?? S_IFREG);
  fixer.run(SET, repaired | (mode & MODE_BITS), ino);
}

export const modes: Check = {
  invariants: ['I6'],
  find: (context) =>
    context.scan<[number, number]>({ range: 'inode', what: 'modes', sql: SQL }, ([ino, mode]) => ({
      invariant: 'I6',
      ino,
      detail: `its mode is 0o${mode.toString(8)}`,
      repair: (fixer) => repairMode(fixer, ino, mode),
    })),
};
