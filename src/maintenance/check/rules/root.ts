/** I5: inode 1 is a directory, its own parent, without a name. */

import { ROOT_INO } from '../../../core/ino.js';
import { MODE_BITS, S_IFDIR } from '../../../core/mode.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding, Repair } from '../finding.js';
import { childDirectories } from '../sql.js';

const ROOT = `SELECT mode, parent, nlink FROM inode WHERE ino = ${ROOT_INO}`;
const TIME = 'CAST(? AS INTEGER) * 1000000000 + CAST(? AS INTEGER)';
const CREATE = `
  INSERT INTO inode (ino, mode, nlink, uid, gid, rdev, size, atime, mtime, ctime, btime, version, parent,
                     chunks)
  SELECT ${ROOT_INO}, ${S_IFDIR | 0o755}, 2 + ${childDirectories('n.root')}, 0, 0, 0, 0,
         n.now, n.now, n.now, n.now, 1, ${ROOT_INO}, 0
  FROM (SELECT ${TIME} AS now, ${ROOT_INO} AS root) AS n`;
const SET_MODE = `UPDATE inode SET mode = ?, version = version + 1 WHERE ino = ${ROOT_INO}`;
const SET_PARENT = `
  UPDATE inode SET parent = ${ROOT_INO}, version = version + 1 WHERE ino = ${ROOT_INO}`;
const SET_NLINK = `
  UPDATE inode SET nlink = 2 + ${childDirectories('inode.ino')}, version = version + 1
  WHERE ino = ${ROOT_INO}`;
const NAMES = `SELECT parent FROM check_link WHERE ino = ${ROOT_INO}`;
const FORGET_NAMES = [
  `DELETE FROM dentry WHERE ino = ${ROOT_INO}`,
  `DELETE FROM check_link WHERE ino = ${ROOT_INO}`,
];

function finding(detail: string, repair: Repair): Finding {
  return { invariant: 'I5', ino: ROOT_INO, path: '/', detail, repair };
}

function* findInRow(context: CheckContext): Generator<Finding> {
  const row = context.row<[number, number | null, number]>(ROOT);
  if (row === undefined) {
    yield finding('the root directory is missing', (fixer) =>
      fixer.run(CREATE, fixer.ctx.now.sec, fixer.ctx.now.nsec),
    );
    return;
  }
  const [mode, parent, nlink] = row;
  if (mode !== (S_IFDIR | (mode & MODE_BITS))) {
    yield finding(`the root is no directory (mode ${mode.toString(8)})`, (fixer) =>
      fixer.run(SET_MODE, S_IFDIR | (mode & MODE_BITS)),
    );
  }
  if (parent !== ROOT_INO) {
    yield finding(`the root has parent ${parent}`, (fixer) => fixer.run(SET_PARENT));
  }
  if (nlink === 0) {
    yield finding('the root has no links', (fixer) => fixer.run(SET_NLINK));
  }
}

export const root: Check = {
  invariants: ['I5'],
  *find(context) {
    yield* findInRow(context);
    context.scratch.need('links');
    if (context.row(NAMES) === undefined) return;
    yield finding('the root has a name', (fixer) => {
      for (const sql of FORGET_NAMES) fixer.run(sql);
    });
  },
};
