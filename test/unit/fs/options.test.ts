import * as fs from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { validateCpOptions } from '#src/fs/arguments/cp-options.js';
import { assertEncoding, encodeName, type NameEncoding } from '#src/fs/arguments/encoding.js';
import {
  getOptions,
  mkdirOptions,
  opendirOptions,
  readFileOptions,
  wantsBigInt,
  writeFileOptions,
} from '#src/fs/arguments/options.js';
import { validateRmdirOptions, validateRmOptions } from '#src/fs/arguments/removal-options.js';
import {
  isHarmlessMode,
  ODD_VALUES,
  sameForEach,
  sameForEachLater,
  temporaryFolder,
} from './oracle.js';

const MISSING = '/there-is-nothing-here';
const ENCODINGS = ['utf8', 'UTF-8', 'latin1', 'hex', 'base64url', 'ucs2', 'buffer', 'BUFFER', 'no'];

test('encodings are refused as by node:fs', (t) => {
  const values = [...ENCODINGS, ...ODD_VALUES];
  const objects = values.map((encoding) => ({ encoding }));
  sameForEach(
    t,
    values.filter((value) => value !== 'buffer'),
    (encoding) => fs.readdirSync(MISSING, { encoding }),
    assertEncoding,
  );
  sameForEach(t, [...values, ...objects], (given) => fs.readdirSync(MISSING, given), getOptions);
});

test('a signal in the options is refused as by node:fs', async (t) => {
  const { signal } = new AbortController();
  const values = [...ODD_VALUES, { aborted: false }, signal].map((value) => ({ signal: value }));
  await sameForEachLater(
    t,
    [...values, { encoding: 'no', signal: 5 }],
    (options) => promises.readFile(MISSING, options),
    readFileOptions,
  );
});

test('a string joins the defaults, an object replaces them', (t) => {
  const defaults = { encoding: 'utf8', flag: 'w' } as const;
  t.deepEqual(getOptions('hex', defaults), { encoding: 'hex', flag: 'w' });
  t.is(getOptions(undefined, defaults), defaults);
  t.is(getOptions(null, defaults), defaults);
  t.is(
    getOptions(() => 1, defaults),
    defaults,
  );
  const given = { flag: 'a' };
  t.is(getOptions(given, defaults), given as never);
});

test('names are encoded as readdir and readlink encode them', (t) => {
  const folder = temporaryFolder(t);
  const name = 'ä€😀';
  fs.writeFileSync(join(folder, name), '');
  const encodings: NameEncoding[] = ['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url'];
  for (const encoding of [...encodings, 'utf16le', 'binary', 'buffer', null, undefined] as const) {
    const [expected] = fs.readdirSync(folder, { encoding: encoding as BufferEncoding });
    t.deepEqual(encodeName(name, encoding), expected as string, String(encoding));
  }
});

test('the options of mkdir are refused as by node:fs', async (t) => {
  const modes = ODD_VALUES.filter(isHarmlessMode).map((mode) => ({ mode }));
  const switches = ODD_VALUES.map((recursive) => ({ recursive }));
  const mixed = [{ recursive: 5, mode: '9' }, { recursive: false, mode: '9' }, '700', '9'];
  const values = [...ODD_VALUES.filter(isHarmlessMode), ...modes, ...switches, ...mixed];
  const blocked = join(temporaryFolder(t), 'file');
  fs.writeFileSync(blocked, '');
  const target = join(blocked, 'x');
  sameForEach(t, values, (options) => fs.mkdirSync(target, options), mkdirOptions as never);
  await sameForEachLater(
    t,
    values,
    (options) => promises.mkdir(target, options),
    (options) => mkdirOptions(options, 0o777),
  );
  t.deepEqual(mkdirOptions(undefined), { recursive: false, mode: 0o777 });
  t.deepEqual(mkdirOptions({ mode: '700', recursive: true }), { recursive: true, mode: 0o700 });
  t.deepEqual(mkdirOptions(0o700), { recursive: false, mode: 0o700 });
});

test('the options of rm and rmdir are refused as by node:fs', async (t) => {
  const names = ['recursive', 'force', 'maxRetries', 'retryDelay'];
  const single = names.flatMap((name) => ODD_VALUES.map((value) => ({ [name]: value })));
  const values = [...ODD_VALUES, ...single, { recursive: 1, force: 1, maxRetries: -1 }];
  await sameForEachLater(t, values, (options) => promises.rm(MISSING, options), validateRmOptions);
  await sameForEachLater(
    t,
    // Recursive rmdir warns of its deprecation on every run.
    values.filter((value) => (value as { recursive?: unknown } | null)?.recursive !== true),
    (options) => promises.rmdir(MISSING, options),
    validateRmdirOptions,
  );
  const defaults = { recursive: false, maxRetries: 0, retryDelay: 100 };
  t.deepEqual(validateRmdirOptions(undefined), defaults);
  t.deepEqual(validateRmOptions({ force: true }), { ...defaults, force: true });
});

test('the options of cp are refused as by node:fs', async (t) => {
  const names = ['dereference', 'errorOnExist', 'force', 'preserveTimestamps', 'recursive'];
  const more = ['verbatimSymlinks', 'filter', 'mode'];
  const single = [...names, ...more].flatMap((name) =>
    ODD_VALUES.map((value) => ({ [name]: value })),
  );
  // A filter is called with the paths, so the classes among the values are left out.
  const safe = single.filter(({ filter }) => typeof filter !== 'function');
  const mixed = [
    { dereference: true, verbatimSymlinks: true },
    { dereference: true, verbatimSymlinks: true, mode: 9 },
    { dereference: true, verbatimSymlinks: true, filter: 5 },
    { filter: () => true },
  ];
  await sameForEachLater(
    t,
    [...ODD_VALUES, ...safe, ...mixed],
    (options) => promises.cp(MISSING, MISSING, options),
    validateCpOptions,
  );
  t.like(validateCpOptions({ recursive: true, mode: null }), { recursive: true, mode: 0 });
  t.true(validateCpOptions(undefined).force);
});

test('the options of writeFile and appendFile are refused as by node:fs', async (t) => {
  const names = ['encoding', 'flush', 'signal'];
  const single = names.flatMap((name) => ODD_VALUES.map((value) => ({ [name]: value })));
  const values = [...ODD_VALUES, ...single, 'no', { encoding: 'no', flush: 5, signal: 5 }];
  const target = `${MISSING}/x`;
  await sameForEachLater(
    t,
    values,
    (options) => promises.writeFile(target, '', options),
    (options) => writeFileOptions(options, 'w'),
  );
  await sameForEachLater(
    t,
    values,
    (options) => promises.appendFile(target, '', options),
    (options) => writeFileOptions(options, 'a'),
  );
  t.deepEqual(writeFileOptions('hex', 'w'), {
    encoding: 'hex',
    flag: 'w',
    mode: 0o666,
    flush: false,
    signal: undefined,
  });
  t.like(writeFileOptions({ flag: 'wx' }, 'a'), { encoding: 'utf8', flag: 'wx', mode: undefined });
  t.is(writeFileOptions({}, 'a').flag, 'a');
});

test('the options of opendir are refused as by node:fs', (t) => {
  const folder = temporaryFolder(t);
  const values = [...ODD_VALUES, { encoding: 'no' }, { bufferSize: 1 }];
  sameForEach(t, values, (options) => fs.opendirSync(folder, options).closeSync(), opendirOptions);
  // Not compared with Node: after refusing a buffer size it leaks the directory it has opened.
  const refused = {
    name: 'RangeError',
    code: 'ERR_OUT_OF_RANGE',
    message: /"options.bufferSize"/u,
  };
  t.throws(() => opendirOptions({ bufferSize: 0 }), refused);
  t.throws(() => opendirOptions({ bufferSize: 'x' }), { code: 'ERR_INVALID_ARG_TYPE' });
  t.deepEqual(opendirOptions('hex'), { encoding: 'hex', bufferSize: 32, recursive: false });
});

test('the option bigint decides as in node:fs, and null throws', async (t) => {
  const values = [undefined, {}, { bigint: true }, { bigint: 1 }, 5, 'x', null];
  await sameForEachLater(
    t,
    values,
    (options) => promises.stat(MISSING, options),
    (options) => wantsBigInt(options as never),
  );
  t.true(wantsBigInt({ bigint: true }));
  t.false(wantsBigInt(undefined));
});
