import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { stringToFlags } from '#src/fs/arguments/flags.js';
import { accessMode, cpMode, parseFileMode } from '#src/fs/arguments/mode.js';
import { openRequest } from '#src/fs/arguments/open-request.js';
import {
  isHarmlessMode,
  ODD_VALUES,
  sameForEach,
  sameForEachLater,
  temporaryFolder,
} from './oracle.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = fs.constants;
const MISSING = '/there-is-nothing-here';

const FLAGS: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  sr: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  'sr+': O_RDWR | O_SYNC,
  w: O_TRUNC | O_CREAT | O_WRONLY,
  wx: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  xw: O_TRUNC | O_CREAT | O_WRONLY | O_EXCL,
  'w+': O_TRUNC | O_CREAT | O_RDWR,
  'wx+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  'xw+': O_TRUNC | O_CREAT | O_RDWR | O_EXCL,
  a: O_APPEND | O_CREAT | O_WRONLY,
  ax: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  xa: O_APPEND | O_CREAT | O_WRONLY | O_EXCL,
  as: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  sa: O_APPEND | O_CREAT | O_WRONLY | O_SYNC,
  'a+': O_APPEND | O_CREAT | O_RDWR,
  'ax+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'xa+': O_APPEND | O_CREAT | O_RDWR | O_EXCL,
  'as+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
  'sa+': O_APPEND | O_CREAT | O_RDWR | O_SYNC,
};

test('each flag string means what it means to node:fs', (t) => {
  for (const [text, flags] of Object.entries(FLAGS)) t.is(stringToFlags(text), flags, text);
  t.is(stringToFlags(undefined), O_RDONLY);
  t.is(stringToFlags(null), O_RDONLY);
  t.is(stringToFlags(O_RDWR | O_APPEND), O_RDWR | O_APPEND);
});

// What of the flags stays visible on an open file; shown by Linux only.
const showsFlags = fs.existsSync('/proc/self/fdinfo') ? test : test.skip;
showsFlags('the kernel reports the flags we made for each string', (t) => {
  const folder = temporaryFolder(t);
  for (const text of Object.keys(FLAGS)) {
    const path = join(folder, 'file');
    if (text.includes('x')) fs.rmSync(path, { force: true });
    else fs.writeFileSync(path, '');
    const fd = fs.openSync(path, text);
    const shown = fs.readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1');
    fs.closeSync(fd);
    const kernelFlags = Number.parseInt(/flags:\s*(\d+)/u.exec(shown)?.[1] ?? '', 8);
    const visible = O_WRONLY | O_RDWR | O_APPEND | O_SYNC;
    t.is(stringToFlags(text) & visible, kernelFlags & visible, text);
  }
});

test('flags are refused as by open', (t) => {
  const near = ['R', 'r ', 'rw', '+r', 'w++', 'xx', 'ra', 'wxx', 'xwx', 'rx', '0', 'a+x', 'ws'];
  const values = [...Object.keys(FLAGS), ...near, ...ODD_VALUES];
  sameForEach(t, values, (flags) => fs.openSync(`${MISSING}/x`, flags), stringToFlags);
});

test('the arguments of open are checked in the order of Node', async (t) => {
  const cases = [
    [5, 'bad', 'bad'],
    [MISSING, 'bad', 'bad'],
    [MISSING, 'r', 'bad'],
    [MISSING, 'r', {}],
    [MISSING, undefined, null],
    [MISSING],
    [Buffer.from([0xff]), 'bad'],
    [Buffer.from([0xff]), 'r'],
  ];
  await sameForEachLater(
    t,
    cases,
    (args: [never, never, never]) => promises.open(...args),
    (args) => openRequest(...(args as [unknown, unknown, unknown])),
  );
  t.deepEqual(openRequest(MISSING), { path: MISSING, flags: O_RDONLY, mode: 0o666 });
  t.is(openRequest(MISSING, 'w', '600').mode, 0o600);
});

const MODES = [
  '0',
  '7',
  '777',
  '0644',
  '8',
  '0o7',
  '-1',
  ' 7',
  '7 ',
  '77777777777',
  '7'.repeat(20),
];

test('permission bits are refused as by chmod', (t) => {
  const values = [...MODES, ...ODD_VALUES.filter(isHarmlessMode), 0o777, 0o17777];
  sameForEach(
    t,
    values,
    (mode) => fs.chmodSync(MISSING, mode),
    (mode) => parseFileMode(mode, 'mode'),
  );
});

test('permission bits mean what they mean to chmod', (t) => {
  const file = join(temporaryFolder(t), 'file');
  fs.writeFileSync(file, '');
  for (const mode of [0o600, '644', '0755', '7', 0, 0o100644]) {
    fs.chmodSync(file, mode);
    t.is(parseFileMode(mode, 'mode') & 0o777, fs.statSync(file).mode & 0o777);
  }
  t.is(parseFileMode(undefined, 'mode', 0o666), 0o666);
  t.is(parseFileMode(null, 'mode', 0o666), 0o666);
});

test('the modes of access and copyFile are refused as by Node', (t) => {
  const values = [...ODD_VALUES, 7, 8, 6.5, 7.5, '1'];
  sameForEach(t, values, (mode) => fs.accessSync(MISSING, mode), accessMode);
  sameForEach(t, values, (mode) => fs.copyFileSync(MISSING, MISSING, mode), accessMode);
  t.is(accessMode(undefined), 0);
  t.is(accessMode(null), 0);
  t.is(accessMode(7.5), 7);
});

test('the mode of cp is refused as by Node', (t) => {
  const values = [...ODD_VALUES, 7, 8];
  sameForEach(t, values, (mode) => fs.cpSync(MISSING, MISSING, { mode }), cpMode);
});
