/** Flags of a continuous archive become the option `archive`. */
import { resolve } from 'node:path';
import test from 'ava';
import { Command } from 'commander';
import {
  type ArchiveFlags,
  archiveArgumentsOf,
  archiveOptionsOf,
  withArchiveFlags,
} from '#src/cli/archive-flags.js';
import { UsageError } from '#src/cli/failure.js';

function optionsOf(...args: readonly string[]): unknown {
  const command = withArchiveFlags(new Command('serve')).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  command.parse([...args], { from: 'user' });
  return archiveOptionsOf(command.opts<ArchiveFlags>());
}

test('no flags, no archive', (t) => {
  t.is(optionsOf(), undefined);
});

test('a directory alone leaves the rest to the defaults', (t) => {
  t.deepEqual(optionsOf('--archive', '/a'), { dir: '/a' });
});

test('times are given with their unit', (t) => {
  t.deepEqual(optionsOf('--archive', '/a', '--archive-every', '30s', '--archive-keep', '2w'), {
    dir: '/a',
    everySeconds: 30,
    keepSeconds: 1_209_600,
  });
});

test('times without a directory are refused, rather than no archive be kept in silence', (t) => {
  t.throws(() => optionsOf('--archive-every', '30s'), { instanceOf: UsageError });
});

test('written out again, for a process elsewhere, the flags mean the same', (t) => {
  const flags = { archive: '/a', archiveEvery: 30, archiveKeep: 1_209_600 };
  t.deepEqual(optionsOf(...archiveArgumentsOf(flags)), archiveOptionsOf(flags));
  t.deepEqual(archiveArgumentsOf({ archive: 'a' }), ['--archive', resolve('a')]);
  t.deepEqual(archiveArgumentsOf({}), []);
});
