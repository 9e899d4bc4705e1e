/** Numbers, modes and names for people. */
import test from 'ava';
import { counted, humanBytes, humanCount, modeText, shownName, table } from '#src/cli/format.js';

test('sizes', (t) => {
  const sizes = [0, 1023, 1024, 1536, 102_400, 1024 ** 2, 5 * 1024 ** 4, 9000 * 1024 ** 4];
  t.deepEqual(sizes.map(humanBytes), [
    '0 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '100 KiB',
    '1.0 MiB',
    '5.0 TiB',
    '9000 TiB',
  ]);
});

test('counts', (t) => {
  t.deepEqual([0, 999, 1000, 1_234_567].map(humanCount), ['0', '999', '1,000', '1,234,567']);
  t.is(counted(1, 'entry', 'entries'), '1 entry');
  t.is(counted(2, 'file'), '2 files');
});

test('modes', (t) => {
  const modes = [0o100644, 0o040755, 0o120777, 0o104755, 0o102644, 0o041777, 0o010600, 0o020000];
  t.deepEqual(modes.map(modeText), [
    '-rw-r--r--',
    'drwxr-xr-x',
    'lrwxrwxrwx',
    '-rwsr-xr-x',
    '-rw-r-Sr--',
    'drwxrwxrwt',
    'prw-------',
    'c---------',
  ]);
});

test('control characters do not reach the terminal', (t) => {
  t.is(shownName('a\u001b[31mred\n\u009b'), 'a\\x1b[31mred\\x0a\\x9b');
});

test('columns', (t) => {
  t.is(
    table(
      [
        ['a', '1'],
        ['long', '22'],
      ],
      [1],
    ),
    'a      1\nlong  22\n',
  );
});
