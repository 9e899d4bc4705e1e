/** What the kernel is told of a change: no more than it may remember. */
import test from 'ava';
import type { Change } from '#src/core/change.js';
import type { Ino } from '#src/core/ino.js';
import { noticesOf } from '#src/fuse/invalidation.js';

const PARENT = 2 as Ino;
const TARGET = 3 as Ino;
const FILE = 4 as Ino;
const OLD = 5 as Ino;
const ALL = (): boolean => true;

function words(change: Change, concerns: (ino: Ino) => boolean = ALL): string[] {
  return noticesOf(change, concerns).map((notice) =>
    notice.type === 'entry'
      ? `${notice.isGentle ? 'expire' : 'drop'} ${notice.parent}/${notice.name}`
      : `${notice.withContent ? 'all' : 'attributes'} of ${notice.ino}`,
  );
}

const RENAME: Change = {
  type: 'rename',
  ino: FILE,
  parent: PARENT,
  name: 'a',
  newParent: TARGET,
  newName: 'b',
  version: 2,
  isDirectory: false,
  replaced: { ino: OLD, links: 0, version: 0, isDirectory: false },
};

test('a new name is forgotten as missing, with the listing of its directory', (t) => {
  const change: Change = {
    type: 'create',
    ino: FILE,
    parent: PARENT,
    name: 'a',
    version: 1,
    isDirectory: false,
  };
  t.deepEqual(words(change), ['drop 2/a', 'all of 2', 'attributes of 4']);
  t.deepEqual(
    words(change, (ino) => ino === PARENT),
    ['drop 2/a', 'all of 2'],
  );
  t.deepEqual(
    words(change, () => false),
    [],
  );
});

test('a directory that goes or moves is only looked up again', (t) => {
  const gone = { ino: FILE, links: 0, version: 0, isDirectory: true };
  t.deepEqual(words({ type: 'remove', parent: PARENT, name: 'd', ...gone })[0], 'expire 2/d');
  t.deepEqual(words({ ...RENAME, isDirectory: true, replaced: undefined }), [
    'expire 2/a',
    'all of 2',
    'expire 3/b',
    'all of 3',
    'all of 4',
  ]);
});

test('a rename concerns both names, both directories, the file, and what it replaced', (t) => {
  t.deepEqual(words(RENAME), [
    'drop 2/a',
    'all of 2',
    'drop 3/b',
    'all of 3',
    'attributes of 4',
    'attributes of 5',
  ]);
});

test('content is forgotten with its pages, attributes without', (t) => {
  t.deepEqual(words({ type: 'content', ino: FILE, version: 1 }), ['all of 4']);
  t.deepEqual(words({ type: 'attributes', ino: FILE, version: 1 }), ['attributes of 4']);
});
