/** I7: a directory has exactly one name, and its `parent` is where; nothing else has a parent. */
import { ROOT_INO } from '../../../core/ino.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';
import type { Fixer } from '../fixer.js';
import { isDir } from '../sql.js';

const SQL = `
  SELECT i.ino, i.parent, l.names, l.parent, ${isDir('i')}
  FROM inode AS i LEFT JOIN check_link AS l ON l.ino = i.ino
  WHERE i.ino > ? AND i.ino <= ? AND i.ino <> ${ROOT_INO}
    AND CASE WHEN ${isDir('i')} THEN l.names > 1 OR (l.names = 1 AND i.parent IS NOT l.parent)
             ELSE i.parent IS NOT NULL END
  LIMIT ?`;
const ALL_NAMES =
  'SELECT parent, name FROM dentry WHERE ino = ? ORDER BY parent <> ?, parent, name';
const DELETE_NAME = 'DELETE FROM dentry WHERE parent = ? AND name = ?';
const NOTE_NAME = 'UPDATE check_link SET names = 1, parent = ? WHERE ino = ?';
const SET_PARENT = 'UPDATE inode SET parent = ?, version = max(version, 0) + 1 WHERE ino = ?';

type Row = [
  ino: number,
  parent: number | null,
  names: number | null,
  holder: number | null,
  isDir: number,
];

/** Keeps one name, in the parent if it has one there, and takes the others away. */
function keepOneName(fixer: Fixer, ino: number, parent: number | null): void {
  const names = fixer.all<[number, string]>(ALL_NAMES, ino, parent ?? 0);
  const [kept, ...others] = names;
  if (kept === undefined) return;
  for (const [holder, name] of others) fixer.run(DELETE_NAME, holder, name);
  fixer.run(NOTE_NAME, kept[0], ino);
  if (kept[0] !== parent) fixer.run(SET_PARENT, kept[0], ino);
}

function toFinding([ino, parent, names, holder, isDirectory]: Row): Finding {
  if (isDirectory === 0) {
    return {
      invariant: 'I7',
      ino,
      detail: `it is no directory and has parent ${parent}`,
      repair: (fixer) => fixer.run(SET_PARENT, null, ino),
    };
  }
  if (names !== 1) {
    return {
      invariant: 'I7',
      ino,
      detail: `the directory has ${names} names`,
      repair: (fixer) => keepOneName(fixer, ino, parent),
    };
  }
  return {
    invariant: 'I7',
    ino,
    detail: `its parent is ${parent}, and its name is in ${holder}`,
    repair: (fixer) => fixer.run(SET_PARENT, holder, ino),
  };
}

export const directoryNames: Check = {
  invariants: ['I7'],
  *find(context: CheckContext) {
    context.scratch.need('links');
    const query = { range: 'inode', what: 'names of directories', sql: SQL } as const;
    yield* context.scan<Row>(query, toFinding);
  },
};
