/** I11: sizes, versions and times are numbers that this software can have written. */
import { FILE_SIZE_MAX } from '../../../core/limits.js';
import type { Check, Finding, Repair } from '../finding.js';
import { isRegular } from '../sql.js';

// Times are nanoseconds, cut to whole seconds that fit a 64-bit integer (`setTime`).
const TIME_MIN = '-9223372036000000000';
const TIME_MAX = '9223372035999999999';
const TIMES = ['atime', 'mtime', 'ctime', 'btime'] as const;

const BAD_TIME: string = TIMES.map(
  (name) => `i.${name} NOT BETWEEN ${TIME_MIN} AND ${TIME_MAX}`,
).join(' OR ');
const CUT_TIMES: string = TIMES.map(
  (name) => `${name} = min(max(${name}, ${TIME_MIN}), ${TIME_MAX})`,
).join(', ');

const SQL = `
  SELECT i.ino, i.size, i.version, ${BAD_TIME}, ${isRegular('i')} FROM inode AS i
  WHERE i.ino > ? AND i.ino <= ?
    AND (i.size NOT BETWEEN 0 AND ${FILE_SIZE_MAX} OR i.version < 1 OR ${BAD_TIME})
  LIMIT ?`;
const FIX_ROW = `UPDATE inode SET version = max(version, 0) + 1, ${CUT_TIMES} WHERE ino = ?`;

type Row = [ino: number, size: number, version: number, badTime: number, isFile: number];

function repairOf(ino: number, isBadSize: boolean, isFile: number): Repair {
  return (fixer) => {
    fixer.run(FIX_ROW, ino);
    if (!isBadSize) return;
    if (isFile === 1) fixer.sizeFromContent(ino);
    else fixer.setSize(ino, 0);
  };
}

function toFinding([ino, size, version, badTime, isFile]: Row): Finding {
  const isBadSize = size < 0 || size > FILE_SIZE_MAX;
  const faults: string[] = [];
  if (isBadSize) faults.push(`size is ${size}`);
  if (version < 1) faults.push(`version is ${version}`);
  if (badTime === 1) faults.push('a time is out of range');
  return {
    invariant: 'I11',
    ino,
    detail: faults.join('; '),
    repair: repairOf(ino, isBadSize, isFile),
  };
}

export const attributes: Check = {
  invariants: ['I11'],
  needsChunkSize: true,
  find: (context) => context.scan<Row>({ range: 'inode', what: 'attributes', sql: SQL }, toFinding),
};
