import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test from 'ava';
import {
  decodePath,
  decodePrefix,
  displayPath,
  pathText,
  validatePath,
} from '#src/fs/arguments/path.js';
import { validateSymlinkType } from '#src/fs/arguments/symlink-type.js';
import { ODD_VALUES, sameForEach, temporaryFolder } from './oracle.js';

const MISSING = '/there-is-nothing-here';

const PATHS: readonly unknown[] = [
  MISSING,
  -0,
  '',
  'a\0b',
  '\0',
  `${'a'.repeat(200)}\0`,
  Buffer.from(MISSING),
  Buffer.from('a\0b'),
  Buffer.alloc(0),
  new Uint8Array([65, 0]),
  Buffer.from([0xff, 0xfe]),
  new URL(`file://${MISSING}`),
  new URL('file:///a%20b'),
  new URL('file:///a%00b'),
  new URL('file:///a%2fb'),
  new URL('file:///a%2Fb'),
  new URL('file:///a%zz'),
  new URL('file://host/a'),
  new URL('file://localhost/a'),
  new URL('http://host/a'),
  new URL('data:text/plain,x'),
  { href: 'file:///x', protocol: 'file:', hostname: '', pathname: '/x' },
  { href: 'file:///x', protocol: 'file:', hostname: '', pathname: '/x', path: '/x' },
];

test('paths are refused as by node:fs', (t) => {
  const values = [...PATHS, ...ODD_VALUES];
  sameForEach(t, values, fs.lstatSync, (value) => decodePath(value));
});

test('the argument goes by the name it has in each function', (t) => {
  const values = [...PATHS, 5, null];
  const named = (name: string) => (value: unknown) => validatePath(value, name);
  sameForEach(t, values, (value) => fs.renameSync(value, MISSING), named('oldPath'));
  sameForEach(t, values, (value) => fs.renameSync(MISSING, value), named('newPath'));
  sameForEach(t, values, (value) => fs.linkSync(value, MISSING), named('existingPath'));
  sameForEach(t, values, (value) => fs.copyFileSync(value, MISSING), named('src'));
  sameForEach(t, values, (value) => fs.symlinkSync(value, `${MISSING}/x`), named('target'));
});

test('the prefix of mkdtemp is checked as by node:fs', (t) => {
  const values = ['a\0', Buffer.from('a\0'), 5, null, undefined, {}, `${MISSING}/a`];
  sameForEach(t, values, fs.mkdtempSync, decodePrefix);
});

test('strings, bytes and URLs lead to the file node:fs finds under them', (t) => {
  const folder = temporaryFolder(t);
  for (const name of ['plain', 'with space', 'ä€😀', '100%', 'a#b?c', 'lone\ud800surrogate']) {
    const path = join(folder, name);
    fs.writeFileSync(path, '');
    const [found = ''] = fs.readdirSync(folder);
    const expected = join(folder, found);
    t.is(decodePath(path), expected);
    t.is(decodePath(Buffer.from(expected)), expected);
    t.is(decodePath(new Uint8Array(Buffer.from(expected))), expected);
    t.is(decodePath(pathToFileURL(expected)), expected);
    fs.rmSync(path);
  }
});

test('bytes that are not UTF-8 are the answer EILSEQ, after the argument was accepted', (t) => {
  const bytes = Buffer.from([0x2f, 0x61, 0xff]);
  t.is(validatePath(bytes), bytes);
  t.throws(() => pathText(bytes), { code: 'EILSEQ' });
  t.throws(() => decodePath(bytes, 'src'), { code: 'EILSEQ' });
  t.is(displayPath(bytes), '/a\ufffd');
  // A view into a larger buffer: only its own bytes count.
  t.is(decodePath(Buffer.from([0xff, 0x61, 0xff]).subarray(1, 2)), 'a');
});

test('the type of a symbolic link is checked as by node:fs', (t) => {
  sameForEach(
    t,
    ['dir', 'file', 'junction', 'other', '', null, 5],
    (type) => fs.symlinkSync('target', `${MISSING}/x`, type),
    validateSymlinkType,
  );
});
