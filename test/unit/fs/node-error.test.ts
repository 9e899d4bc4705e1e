import { closeSync, fchownSync, openSync, readSync, writeFileSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test from 'ava';
import { AbortError, throwIfAborted } from '#src/fs/arguments/abort.js';
import { validateInteger, validateOwnerId } from '#src/fs/arguments/integers.js';
import {
  dirClosed,
  fileTooLarge,
  invalidArgType,
  invalidArgValue,
  invalidState,
  methodNotImplemented,
} from '#src/fs/arguments/node-error.js';
import { validatePosition } from '#src/fs/arguments/position.js';
import { ODD_VALUES, outcome, outcomeLater, sameForEach, temporaryFolder } from './oracle.js';

function inspectedWithoutFrames(error: Error): string {
  return inspect(error).replaceAll(/\n {4}at .*/gu, '');
}

function raise(error: Error): never {
  throw error;
}

test('a wrong type is described as Node describes it', (t) => {
  const values = ODD_VALUES.filter((value) => typeof value !== 'number');
  sameForEach(
    t,
    values,
    (value) => fchownSync(0, value, 0),
    (value) => raise(invalidArgType('uid', 'number', value)),
  );
});

test('a number out of range is described as Node describes it', (t) => {
  const fd = openSync('/dev/null', 'r');
  t.teardown(() => closeSync(fd));
  sameForEach(
    t,
    ODD_VALUES.filter((value) => value !== 0),
    (value) => fchownSync(fd, -1, value),
    (value) => validateOwnerId(value, 'gid'),
  );
});

test('large bigints are grouped like large numbers', (t) => {
  const values = [2n ** 63n, -(2n ** 63n) - 1n, 2n ** 70n, -(2n ** 70n), 5n];
  sameForEach(
    t,
    values,
    (value) => readSync(-0, new Uint8Array(1), 0, 1, value),
    (value) => {
      validatePosition(value);
    },
  );
});

test('an invalid value is inspected as Node inspects it', (t) => {
  const values = ODD_VALUES.filter((value) => typeof value !== 'number' && value != null);
  sameForEach(
    t,
    values,
    (value) => openSync('/dev/null', value),
    (value) => raise(invalidArgValue('flags', value)),
  );
});

test('class, constructor and own keys are those of Node', (t) => {
  const ours = t.throws(() => validateInteger('x', 'uid')) as Error;
  const theirs = t.throws(() => fchownSync(0, 'x' as never, 0)) as Error;
  t.is(ours.constructor, theirs.constructor);
  t.is(ours.name, theirs.name);
  t.deepEqual(Object.keys(ours), Object.keys(theirs));
  t.false(Object.hasOwn(ours, 'name'));
  t.is(inspectedWithoutFrames(ours), inspectedWithoutFrames(theirs));
});

test('an aborted call gives the AbortError of Node, with the reason as cause', async (t) => {
  const signal = AbortSignal.abort('why');
  const theirs = await t.throwsAsync(promises.readFile('/dev/null', { signal }));
  const ours = t.throws(() => throwIfAborted(signal), { instanceOf: AbortError });
  t.is(ours.cause, theirs?.cause);
  t.deepEqual(Object.keys(ours), Object.keys(theirs ?? {}));
  t.deepEqual(
    outcome(() => throwIfAborted(signal)),
    await outcomeLater(() => promises.readFile('/dev/null', { signal })),
  );
  t.notThrows(() => throwIfAborted(undefined));
  t.notThrows(() => throwIfAborted(new AbortController().signal));
});

test('a closed directory, a closed handle and a missing method are refused alike', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const closed = async (): Promise<void> => {
    const dir = await promises.opendir(folder);
    await dir.close();
    await dir.close();
  };
  t.deepEqual(
    outcome(() => raise(dirClosed())),
    await outcomeLater(closed),
  );
  const handle = await promises.open(file);
  await handle.close();
  t.deepEqual(
    outcome(() => raise(invalidState('The FileHandle is closed'))),
    await outcomeLater(() => handle.readableWebStream()),
  );
  t.deepEqual(
    outcome(() => raise(methodNotImplemented('lchmod()'))),
    await outcomeLater(() => promises.lchmod(file, 0o600)),
  );
});

test('a file too large for one buffer is refused with a RangeError', (t) => {
  const error = fileTooLarge(2 ** 31);
  t.true(error instanceof RangeError);
  t.is(error.code, 'ERR_FS_FILE_TOO_LARGE');
  t.is(error.message, 'File size (2147483648) is greater than 2 GiB');
});
