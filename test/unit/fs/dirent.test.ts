import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test from 'ava';
import { Dirent } from '#src/fs/dirent.js';
import { temporaryFolder } from './oracle.js';

const KINDS = [
  'isBlockDevice',
  'isCharacterDevice',
  'isDirectory',
  'isFIFO',
  'isFile',
  'isSocket',
  'isSymbolicLink',
] as const;

function modeOf(entry: fs.Dirent): number {
  return fs.lstatSync(join(entry.parentPath, entry.name)).mode;
}

test('entries print and answer as those of readdir', (t) => {
  const folder = temporaryFolder(t);
  fs.writeFileSync(join(folder, 'file'), '');
  fs.mkdirSync(join(folder, 'directory'));
  fs.symlinkSync('file', join(folder, 'link'));
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  const devices = fs.readdirSync('/dev', { withFileTypes: true });
  const theirs = [...fs.readdirSync(folder, { withFileTypes: true }), ...devices];
  for (const entry of theirs) {
    const ours = new Dirent(entry.name, entry.parentPath, modeOf(entry));
    t.is(inspect(ours), inspect(entry));
    t.deepEqual(Object.keys(ours), Object.keys(entry));
    for (const kind of KINDS) t.is(ours[kind](), entry[kind](), `${entry.name} ${kind}`);
  }
  t.true(theirs.length > 4);
});

test('an entry is an instance of both classes', (t) => {
  const entry = new Dirent('name', '/parent', 0o100644);
  t.true(entry instanceof fs.Dirent);
  t.true(entry instanceof Dirent);
  t.is(entry.constructor.name, 'Dirent');
});

test('block devices, sockets and unknown types are told apart', (t) => {
  t.true(new Dirent('a', '/', 0o060000).isBlockDevice());
  t.true(new Dirent('a', '/', 0o140000).isSocket());
  for (const kind of KINDS) t.false(new Dirent('a', '/', 0)[kind](), kind);
});

test('names may be bytes', (t) => {
  const name = Buffer.from('name');
  const entry = new Dirent(name, '/parent', 0o100644);
  t.is(entry.name, name);
  t.is(entry.path, '/parent');
  t.true(entry.isFile());
});
