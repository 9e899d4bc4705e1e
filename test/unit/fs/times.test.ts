import * as fs from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { timestampOf, toUnixTimestamp } from '#src/fs/arguments/times.js';
import { label, ODD_VALUES, sameForEach, temporaryFolder } from './oracle.js';

const MISSING = '/there-is-nothing-here';
const TIMES = [
  0,
  1.5,
  1_700_000_000.123_456_7,
  1_700_000_000.987_654,
  1e-9,
  '1.5',
  '-1.5',
  '-0.3',
  '0x10',
  '1e3',
  '',
  ' ',
  new Date(-1500),
  new Date(1_234_567_890_123),
];

test('times are refused as by utimes', (t) => {
  const values = [...ODD_VALUES, ...TIMES, 'NaN', '1x', new Date(Number.NaN)];
  sameForEach(
    t,
    values,
    (time) => fs.utimesSync(MISSING, time, 0),
    (time) => toUnixTimestamp(time),
  );
});

test('a time means the nanosecond that utimes stores', (t) => {
  const file = join(temporaryFolder(t), 'file');
  fs.writeFileSync(file, '');
  for (const time of TIMES) {
    fs.utimesSync(file, time, time);
    const { sec, nsec } = timestampOf(toUnixTimestamp(time)) ?? t.fail();
    const expected = fs.statSync(file, { bigint: true }).mtimeNs;
    t.is(BigInt(sec) * 1_000_000_000n + BigInt(nsec), expected, label(time));
  }
});

test('a negative number means now', (t) => {
  t.is(
    toUnixTimestamp(-5, 'time', () => 12_345),
    12.345,
  );
});

test('what is no finite time is the answer EINVAL, as of utimes', (t) => {
  for (const time of [new Date(Number.NaN), 'Infinity', '-Infinity']) {
    t.throws(() => fs.utimesSync(temporaryFolder(t), time, 0), { code: 'EINVAL' }, label(time));
    t.is(timestampOf(toUnixTimestamp(time)), null, label(time));
  }
});
