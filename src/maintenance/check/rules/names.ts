/** I4: names are valid: 1 to 255 bytes of UTF-8 without `/` and NUL, neither `.` nor `..`. */
import { isUtf8 } from 'node:buffer';
import { NAME_BYTES_MAX } from '../../../core/limits.js';
import type { SqlValue } from '../../../sqlite/connection.js';
import { type CheckContext, ROWS_MAX } from '../context.js';
import { damageFinding, isDamage } from '../damage.js';
import type { Check, Finding } from '../finding.js';
import type { Fixer } from '../fixer.js';

// SQL tells what is wrong in ASCII; of the others it gives every name, because it cannot tell whether
// text is valid UTF-8. The names of one slice come in pages, each after the last of the one before.
const namesAfter = (place: string): string => `
  SELECT d.parent, CAST(d.name AS BLOB), d.ino FROM dentry AS d
  WHERE ${place} AND d.parent <= ?
    AND (d.name IN ('.', '..') OR octet_length(d.name) NOT BETWEEN 1 AND ${NAME_BYTES_MAX}
      OR instr(CAST(d.name AS BLOB), x'2f') > 0 OR instr(CAST(d.name AS BLOB), x'00') > 0
      OR d.name GLOB '*[^ -~]*')
  ORDER BY d.parent, d.name LIMIT ?`;
const FIRST_PAGE = namesAfter('d.parent > ?');
const NEXT_PAGE = namesAfter('(d.parent, d.name) > (?, CAST(? AS TEXT))');
const RENAME = `
  UPDATE dentry SET name = ?, sum = cabinet_entry_sum(parent, CAST(? AS BLOB), ino)
  WHERE parent = ? AND name = CAST(? AS TEXT)`;
const IS_TAKEN = 'SELECT 1 FROM dentry WHERE parent = ? AND name = ?';

type Row = [parent: number, name: Buffer, ino: number];

/** What is wrong with a name, undefined when nothing is. */
function faultOf(name: Buffer): string | undefined {
  if (name.length < 1 || name.length > NAME_BYTES_MAX) return `has ${name.length} bytes`;
  if (!isUtf8(name)) return 'is not valid UTF-8';
  if (name.includes('/')) return "holds a '/'";
  if (name.includes(0)) return 'holds a NUL';
  const text = name.toString();
  return text === '.' || text === '..' ? 'is reserved' : undefined;
}

// Room for the number that tells two apart.
const REPAIRED_BYTES_MAX = NAME_BYTES_MAX - 16;

/** The nearest valid name: what cannot stay becomes `_`. */
export function validName(name: Buffer): string {
  let text = '';
  for (const character of name.toString()) {
    const isBad = character === '/' || character === '\0' || character === '\uFFFD';
    const next = text + (isBad ? '_' : character);
    if (Buffer.byteLength(next) > REPAIRED_BYTES_MAX) break;
    text = next;
  }
  return /^\.{0,2}$/.test(text) ? '_'.repeat(Math.max(text.length, 1)) : text;
}

function rename(fixer: Fixer, parent: number, old: Buffer): void {
  const wanted = validName(old);
  let name = wanted;
  for (let number = 2; fixer.get(IS_TAKEN, parent, name) !== undefined; number += 1) {
    name = `${wanted}~${number}`;
  }
  fixer.run(RENAME, name, name, parent, old);
}

function toFinding(context: CheckContext, [parent, name, ino]: Row): Finding | undefined {
  const fault = faultOf(name);
  if (fault === undefined) return undefined;
  return {
    invariant: 'I4',
    ino,
    path: context.paths.ofEntry(parent, name.toString()),
    detail: `the name ${JSON.stringify(name.toString())} ${fault}`,
    repair: (fixer) => rename(fixer, parent, name),
  };
}

function* findIn(context: CheckContext, from: SqlValue, to: SqlValue): Generator<Finding> {
  let rows = context.rows<Row>(FIRST_PAGE, from, to, ROWS_MAX);
  for (;;) {
    for (const row of rows) {
      const finding = toFinding(context, row);
      if (finding !== undefined) yield finding;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_MAX) return;
    context.pause(0);
    rows = context.rows<Row>(NEXT_PAGE, last[0], last[1], to, ROWS_MAX);
  }
}

export const names: Check = {
  invariants: ['I4'],
  *find(context) {
    const slices = context.slices('inode');
    for (const [index, [from, to]] of slices.entries()) {
      context.pause(index / slices.length);
      try {
        yield* findIn(context, from, to);
      } catch (error) {
        if (!isDamage(error)) throw error;
        yield damageFinding(error, 'names');
      }
    }
  },
};
