/** The option group `backup`. */
import test from 'ava';
import { resolveOptions } from '#src/core/options.js';

const USUAL = {
  dir: '/backups',
  rules: [
    { everySeconds: 900, minChanges: 1 },
    { everySeconds: 60, minChanges: 10_000 },
  ],
  keep: { last: 8, hourly: 24, daily: 7, weekly: 4 },
};

test('without the group there is no schedule; a directory is enough for one', (t) => {
  t.is(resolveOptions({}).backup, undefined);
  t.deepEqual(resolveOptions({ backup: { dir: '/backups' } }).backup as unknown, USUAL);
  const backup = { dir: '/backups', rules: [{ everySeconds: 5 }], keep: { last: 1 } };
  t.deepEqual(resolveOptions({ backup }).backup as unknown, {
    ...USUAL,
    rules: [{ everySeconds: 5, minChanges: 1 }],
    keep: { ...USUAL.keep, last: 1 },
  });
});

test('what makes no sense is refused by name', (t) => {
  const wrong: readonly (readonly [options: unknown, named: RegExp])[] = [
    [{}, /backup\.dir/],
    [{ dir: '' }, /backup\.dir/],
    [{ dir: '/b', rules: [] }, /backup\.rules/],
    [{ dir: '/b', rules: Array.from({ length: 17 }, () => ({})) }, /backup\.rules/],
    [{ dir: '/b', rules: [{ everySeconds: 0 }] }, /backup\.rules\[0\]\.everySeconds/],
    [{ dir: '/b', rules: [{ minChanges: 1.5 }] }, /backup\.rules\[0\]\.minChanges/],
    [{ dir: '/b', keep: { last: -1 } }, /backup\.keep\.last/],
    [{ dir: '/b', keep: 5 }, /backup\.keep/],
  ];
  for (const [backup, named] of wrong) {
    t.throws(() => resolveOptions({ backup } as never), {
      code: 'ERR_OPTION_INVALID',
      message: named,
    });
  }
  t.throws(() => resolveOptions({ backup: { dir: '/b', keep: { hourely: 1 } } } as never), {
    code: 'ERR_OPTION_UNKNOWN',
    message: /hourly/,
  });
  t.throws(() => resolveOptions({ readOnly: true, backup: { dir: '/b' } }), {
    code: 'ERR_OPTION_INVALID',
  });
});
