/**
 * I29 to I34: rows have the sum of their columns. A repair takes what a row says for right, after it was
 * reported: first of all, so that no other repair gives it a new sum before.
 */
import type { SqlValue } from '../../../sqlite/connection.js';
import { ATTRIBUTE_SUM, ENTRY_SUM, LINK_SUM } from '../../../sqlite/sum-functions.js';
import type { CheckContext, Range } from '../context.js';
import type { Check, Finding } from '../finding.js';
import type { InvariantId } from '../problem.js';

interface Rule {
  readonly invariant: InvariantId;
  readonly range: Range;
  readonly what: string;
  /** Gives the columns that `locate` takes. */
  readonly sql: string;
  /** Gives a row the sum of what is in it; takes the key that `locate` gives. */
  readonly accept: string;
  locate(row: readonly SqlValue[], context: CheckContext): Located;
}

interface Located {
  readonly ino: number | null;
  readonly path?: string | null;
  /** What the row is about. */
  readonly what: string;
  readonly key: readonly SqlValue[];
}

function textOf(name: SqlValue | undefined): string {
  return JSON.stringify(Buffer.from(name as Uint8Array).toString());
}

const RULES: readonly Rule[] = [
  {
    invariant: 'I29',
    range: 'inode',
    what: 'sums of inodes',
    sql: 'SELECT ino FROM inode WHERE ino > ? AND ino <= ? AND sound IS NOT 1 LIMIT ?',
    accept: 'UPDATE inode SET version = max(version, 0) + 1 WHERE ino = ?',
    locate: ([ino]) => ({
      ino: ino as number,
      what: 'its attributes, its size or the place of its content',
      key: [ino as number],
    }),
  },
  {
    invariant: 'I30',
    range: 'inode',
    what: 'sums of names',
    sql: `
      SELECT parent, CAST(name AS BLOB), ino FROM dentry
      WHERE parent > ? AND parent <= ? AND sum IS NOT ${ENTRY_SUM} LIMIT ?`,
    accept: `UPDATE dentry SET sum = ${ENTRY_SUM} WHERE parent = ? AND name = CAST(? AS TEXT)`,
    locate: ([parent, name, ino], { paths }) => ({
      ino: ino as number,
      path: paths.ofEntry(parent as number, Buffer.from(name as Uint8Array).toString()),
      what: `the name ${textOf(name)} in directory ${parent}, or what is behind it`,
      key: [parent as number, name as Uint8Array],
    }),
  },
  {
    invariant: 'I31',
    range: 'inode',
    what: 'sums of chunks',
    sql: `
      SELECT ino, idx, blob FROM chunk
      WHERE ino > ? AND ino <= ? AND sound IS NOT 1 LIMIT ?`,
    accept: 'UPDATE chunk SET blob = blob WHERE ino = ? AND idx = ?',
    locate: ([ino, idx, blob]) => ({
      ino: ino as number,
      what: `that its chunk ${idx} is blob ${blob}`,
      key: [ino as number, idx as number],
    }),
  },
  {
    invariant: 'I32',
    range: 'blob',
    what: 'sums of share counts',
    sql: 'SELECT blob, refs FROM share WHERE blob > ? AND blob <= ? AND sound IS NOT 1 LIMIT ?',
    accept: 'UPDATE share SET refs = max(refs, 2) WHERE blob = ?',
    locate: ([blob, refs]) => ({
      ino: null,
      what: `that blob ${blob} has ${refs} references`,
      key: [blob as number],
    }),
  },
  {
    invariant: 'I33',
    range: 'inode',
    what: 'sums of targets',
    sql: `SELECT ino FROM symlink WHERE ino > ? AND ino <= ? AND sum IS NOT ${LINK_SUM} LIMIT ?`,
    accept: `UPDATE symlink SET sum = ${LINK_SUM} WHERE ino = ?`,
    locate: ([ino]) => ({ ino: ino as number, what: 'its target', key: [ino as number] }),
  },
  {
    invariant: 'I34',
    range: 'inode',
    what: 'sums of extended attributes',
    sql: `
      SELECT ino, CAST(name AS BLOB) FROM xattr
      WHERE ino > ? AND ino <= ? AND sum IS NOT ${ATTRIBUTE_SUM} LIMIT ?`,
    accept: `UPDATE xattr SET sum = ${ATTRIBUTE_SUM} WHERE ino = ? AND name = CAST(? AS TEXT)`,
    locate: ([ino, name]) => ({
      ino: ino as number,
      what: `its extended attribute ${textOf(name)}`,
      key: [ino as number, name as Uint8Array],
    }),
  },
];

function* findBy(context: CheckContext, rule: Rule): Generator<Finding> {
  const { invariant, range, what, sql, accept } = rule;
  yield* context.scan<SqlValue[]>({ range, what, sql }, (row) => {
    const { key, what: part, ...place } = rule.locate(row, context);
    return {
      invariant,
      ...place,
      detail: `a row is damaged, its sum is wrong: ${part} may not be what was written`,
      repair: (fixer) => fixer.run(accept, ...key),
    };
  });
}

export const rowSums: Check = {
  invariants: RULES.map(({ invariant }) => invariant),
  *find(context) {
    for (const rule of RULES) yield* findBy(context, rule);
    // Paths were asked for before anything was put right.
    if (context.repairs) context.scratch.forget();
  },
};
