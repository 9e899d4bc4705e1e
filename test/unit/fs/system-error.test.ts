import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import * as promises from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import * as cp from '#src/fs/arguments/cp-errors.js';
import { rmIsDirectory, type SystemError } from '#src/fs/arguments/system-error.js';
import { outcome, outcomeLater, temporaryFolder } from './oracle.js';

interface Tree {
  readonly root: string;
  readonly dir: string;
  readonly file: string;
}

function makeTree(t: ExecutionContext): Tree {
  const root = temporaryFolder(t);
  const dir = join(root, 'dir');
  const file = join(root, 'file');
  mkdirSync(dir);
  writeFileSync(file, 'x');
  return { root, dir, file };
}

async function same(
  t: ExecutionContext,
  theirs: () => Promise<unknown>,
  ours: SystemError,
): Promise<void> {
  const expected = await outcomeLater(theirs);
  t.is(typeof expected, 'object', 'Node was expected to refuse this');
  t.deepEqual(
    outcome(() => {
      throw ours;
    }),
    expected,
  );
}

test('rm of a directory without recursive', async (t) => {
  const { dir } = makeTree(t);
  await same(t, () => promises.rm(dir), rmIsDirectory(dir));
});

test('cp onto itself and into itself', async (t) => {
  const { dir, file } = makeTree(t);
  const inside = join(dir, 'inside');
  await same(t, () => promises.cp(file, file), cp.cpSameFile(file));
  const copy = () => promises.cp(dir, inside, { recursive: true });
  await same(t, copy, cp.cpIntoItself(dir, inside));
});

test('cp between a file and a directory', async (t) => {
  const { root, dir, file } = makeTree(t);
  await same(t, () => promises.cp(file, dir), cp.cpFileOverDirectory(file, dir));
  const copy = () => promises.cp(dir, file, { recursive: true });
  await same(t, copy, cp.cpDirectoryOverFile(dir, file));
  await same(t, () => promises.cp(dir, join(root, 'new')), cp.cpNotRecursive(dir));
});

test('cp over what exists with errorOnExist', async (t) => {
  const { root, file } = makeTree(t);
  const other = join(root, 'other');
  writeFileSync(other, '');
  const options = { errorOnExist: true, force: false };
  await same(t, () => promises.cp(file, other, options), cp.cpExists(other));
});

test('cp of symbolic links that lead into each other', async (t) => {
  const { root, dir } = makeTree(t);
  const sub = join(dir, 'sub');
  mkdirSync(sub);
  for (const name of ['outer', 'inner']) mkdirSync(join(root, name));
  symlinkSync(dir, join(root, 'outer', 'link'));
  symlinkSync(sub, join(root, 'inner', 'link'));
  const copy = (from: string, to: string) => () =>
    promises.cp(join(root, from), join(root, to), { recursive: true });
  const intoItself = cp.cpIntoItself(dir, sub, join(root, 'inner', 'link'));
  await same(t, copy('outer', 'inner'), intoItself);
  const overwrites = cp.cpLinkToSubdirectory(dir, sub, join(root, 'outer', 'link'));
  await same(t, copy('inner', 'outer'), overwrites);
});

test('cp of a socket and of a FIFO', async (t) => {
  const { root } = makeTree(t);
  const dest = join(root, 'dest');
  const fifo = join(root, 'fifo');
  execFileSync('mkfifo', [fifo]);
  await same(t, () => promises.cp(fifo, dest), cp.cpFifo(dest));
  const socket = join(root, 'socket');
  const server = createServer().listen(socket);
  t.teardown(() => server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  await same(t, () => promises.cp(socket, dest), cp.cpSocket(dest));
});

test('errno, syscall and path read and write the request in info', (t) => {
  const error = cp.cpUnknownType('/dest');
  t.is(error.code, 'ERR_FS_CP_UNKNOWN');
  t.is(error.name, 'SystemError');
  error.path = '/other';
  error.errno = 1;
  t.is(error.info.path, '/other');
  t.is(error.info.errno, 1);
  t.is(error.syscall, 'cp');
});
