/** I3: every directory entry lives in a directory and names an inode that exists. */
import { ROOT_INO } from '../../../core/ino.js';
import type { CheckContext } from '../context.js';
import type { Check, Finding } from '../finding.js';
import { isDir } from '../sql.js';

// A missing root is rule I5; what it holds is sound.
const SQL = `
  SELECT d.parent, CAST(d.name AS BLOB), d.ino, i.ino IS NULL, p.ino IS NULL
  FROM dentry AS d LEFT JOIN inode AS i ON i.ino = d.ino LEFT JOIN inode AS p ON p.ino = d.parent
  WHERE d.parent > ? AND d.parent <= ?
    AND ((i.ino IS NULL AND d.ino <> ${ROOT_INO})
      OR (d.parent <> ${ROOT_INO} AND (p.ino IS NULL OR NOT ${isDir('p')})))
  LIMIT ?`;
const DELETE = 'DELETE FROM dentry WHERE parent = ? AND name = CAST(? AS TEXT)';

type Row = [parent: number, name: Buffer, ino: number, noInode: number, noParent: number];

function toFinding(context: CheckContext, [parent, bytes, ino, noInode, noParent]: Row): Finding {
  const name = bytes.toString();
  const where = noParent === 1 ? 'which does not exist' : 'which is no directory';
  const why =
    noInode === 1
      ? `names inode ${ino}, which does not exist`
      : `lives in inode ${parent}, ${where}`;
  return {
    invariant: 'I3',
    ino,
    path: context.paths.ofEntry(parent, name),
    detail: `the entry '${name}' ${why}`,
    repair: (fixer) => {
      fixer.run(DELETE, parent, bytes);
      const place = { ino: ino as never, parent: parent as never, name };
      const inode = fixer.ctx.store.inodes.getAny(ino as never);
      fixer.ctx.emit({
        type: 'remove',
        ...place,
        links: inode?.nlink ?? 0,
        version: inode?.version ?? 0,
        isDirectory: false,
      });
    },
  };
}

export const entries: Check = {
  invariants: ['I3'],
  find: (context) =>
    context.scan<Row>({ range: 'inode', what: 'directory entries', sql: SQL }, (row) =>
      toFinding(context, row),
    ),
};
