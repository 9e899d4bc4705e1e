import { resolve } from 'node:path';
import test from 'ava';
import { Command, InvalidArgumentError } from 'commander';
import {
  type BackupFlags,
  backupArgumentsOf,
  backupOptionsOf,
  withBackupFlags,
} from '#src/cli/backup-flags.js';
import { parseDuration } from '#src/cli/options.js';

function optionsOf(...args: readonly string[]): unknown {
  const command = withBackupFlags(new Command('serve')).exitOverride();
  command.configureOutput({ writeErr: () => undefined });
  command.parse([...args], { from: 'user' });
  return backupOptionsOf(command.opts<BackupFlags>());
}

test('durations', (t) => {
  const texts = ['90s', '15m', '12h', '1d', '2w'];
  t.deepEqual(texts.map(parseDuration), [90, 900, 43_200, 86_400, 1_209_600]);
  for (const wrong of ['', '15', 'm', '0s', '-1m', '1.5h', '1y', '15 m', '9999999999999999w']) {
    t.throws(() => parseDuration(wrong), { instanceOf: InvalidArgumentError }, wrong);
  }
});

test('no flags, no backups', (t) => {
  t.is(optionsOf(), undefined);
});

test('a directory alone leaves the rest to the defaults', (t) => {
  t.deepEqual(optionsOf('--backup-dir', '/b'), { dir: '/b' });
});

test('rules are time, or time and changes', (t) => {
  const args = ['--backup-dir', '/b', '--backup-every', '15m', '--backup-every', '1m:10000'];
  t.deepEqual(optionsOf(...args), {
    dir: '/b',
    rules: [{ everySeconds: 900 }, { everySeconds: 60, minChanges: 10_000 }],
  });
  t.deepEqual(optionsOf(...args, '--backup-min-changes', '5'), {
    dir: '/b',
    rules: [
      { everySeconds: 900, minChanges: 5 },
      { everySeconds: 60, minChanges: 10_000 },
    ],
  });
  t.deepEqual(optionsOf('--backup-dir', '/b', '--backup-min-changes', '5'), {
    dir: '/b',
    rules: [{ minChanges: 5 }],
  });
});

test('what is kept', (t) => {
  t.deepEqual(optionsOf('--backup-dir', '/b', '--keep-last', '3', '--keep-weekly', '0'), {
    dir: '/b',
    keep: { last: 3, weekly: 0 },
  });
});

test('flags that make no sense are refused', (t) => {
  for (const args of [
    ['--keep-last', '3'],
    ['--backup-every', '15m'],
  ]) {
    t.throws(() => optionsOf(...args), { code: 'ERR_USAGE' });
  }
  for (const args of [
    ['--backup-every', '15'],
    ['--backup-every', '1m:1:1'],
    ['--backup-every', '1m:x'],
    ['--keep-last', '-1'],
  ]) {
    t.throws(() => optionsOf('--backup-dir', '/b', ...args), { name: 'CommanderError' });
  }
});

test('written out again, for a process elsewhere, the flags mean the same', (t) => {
  const flags = {
    backupDir: '/b',
    backupEvery: [{ everySeconds: 900 }, { everySeconds: 60, minChanges: 10_000 }],
    backupMinChanges: 5,
    keepLast: 1,
    keepHourly: 2,
    keepDaily: 3,
    keepWeekly: 0,
  };
  t.deepEqual(optionsOf(...backupArgumentsOf(flags)), backupOptionsOf(flags));
  t.deepEqual(backupArgumentsOf({ backupDir: 'b' }), ['--backup-dir', resolve('b')]);
  t.deepEqual(backupArgumentsOf({}), []);
});
