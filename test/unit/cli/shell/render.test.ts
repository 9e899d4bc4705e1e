import { Buffer } from 'node:buffer';
import test from 'ava';
import { render, type ShellResult } from '#src/cli/shell/render.js';
import { fitted, shownText, widthOf } from '#src/cli/shell/shown-text.js';

function result(columns: string[], ...rows: ShellResult['rows'][number][]): ShellResult {
  return { columns, rows, truncated: false, durationMs: 1 };
}

const MIXED = result(
  ['name', 'size', 'data'],
  ['a,"b"', 10, Buffer.from([0, 255])],
  ['日本', 2n ** 60n, null],
  ['', -1.5, Buffer.alloc(20, 1)],
);

test('a table has numbers on the right and texts on the left', (t) => {
  t.is(
    render(MIXED, 'table', undefined),
    [
      'name                  size  data',
      `-----  -------------------  ${'-'.repeat(47)}`,
      'a,"b"                   10  x\'00ff\'',
      '日本   1152921504606846976  NULL',
      `                      -1.5  x'${'01'.repeat(16)}…' (20 bytes)`,
      '',
    ].join('\n'),
  );
});

test('a table without rows has its names', (t) => {
  t.is(render(result(['a', 'bc']), 'table', 80), 'a  bc\n-  --\n');
});

test('a table fits the terminal as far as texts can be cut', (t) => {
  const wide = result(['path', 'n'], ['/'.padEnd(60, 'x'), 123456789012]);
  const lines = render(wide, 'table', 40).trimEnd().split('\n');
  t.true(lines.every((line) => widthOf(line) <= 40));
  t.regex(lines[2] ?? '', /^\/x+… {2}123456789012$/);
  t.true(render(wide, 'table', undefined).includes('x'.repeat(59)));
  t.true(render(wide, 'table', 5).includes('123456789012'), 'numbers stay whole');
});

test('CSV tells nothing from an empty text, and quotes what it must', (t) => {
  const rows = result(['a', 'b"c'], [null, ''], ['x\ny', 'p,q'], [1, Buffer.from('A')]);
  t.is(render(rows, 'csv', undefined), 'a,"b""c"\n,""\n"x\ny","p,q"\n1,41\n');
});

test('JSON has big integers as text and bytes in hexadecimal', (t) => {
  t.deepEqual(JSON.parse(render(MIXED, 'json', undefined)), {
    columns: ['name', 'size', 'data'],
    rows: [
      { name: 'a,"b"', size: 10, data: '00ff' },
      { name: '日本', size: '1152921504606846976', data: null },
      { name: '', size: -1.5, data: '01'.repeat(20) },
    ],
    truncated: false,
    durationMs: 1,
  });
});

test('lines have a value each', (t) => {
  t.is(
    render(result(['a', 'long'], [1, 'x'], [2, null]), 'line', 80),
    '   a = 1\nlong = x\n\n   a = 2\nlong = NULL\n',
  );
});

test('nothing in a text reaches the terminal as an order', (t) => {
  t.is(shownText('a\u001B[2Jb\n\u202Ec\u0085'), 'a\\x1b[2Jb\\n\\u{202e}c\\x85');
  const hostile = result(['na\u001Bme'], ['va\u001Blue']);
  for (const mode of ['table', 'line'] as const) {
    t.false(render(hostile, mode, 80).includes('\u001B'), mode);
  }
});

test('widths are those of the terminal', (t) => {
  t.deepEqual(['abc', '日本', 'e\u0301', '😀', ''].map(widthOf), [3, 4, 1, 2, 0]);
  t.is(fitted('日本語', 5), '日本…');
  t.is(fitted('abc', 3), 'abc');
  t.is(fitted('abcd', 3), 'ab…');
});
