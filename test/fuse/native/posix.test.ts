/**
 * Through fuse-native, too, system calls answer what they answer on a disk, but for what is listed here:
 * each is a limit of fuse-native that docs/mount.md names. One that is no more fails as well.
 */
import type { ExecutionContext } from 'ava';
import type { PosixCase } from '../posix/case.js';
import { ATTRIBUTE_CASES } from '../posix/cases/attributes.js';
import { CONTENT_CASES } from '../posix/cases/content.js';
import { NAME_CASES } from '../posix/cases/names.js';
import { PATH_ERROR_CASES } from '../posix/cases/path-errors.js';
import { PERMISSION_CASES } from '../posix/cases/permissions.js';
import { TIME_CASES } from '../posix/cases/times.js';
import { XATTR_CASES } from '../posix/cases/xattrs.js';
import { type Difference, describeDifference, findDifferences } from '../posix/compare.js';
import { withMount } from '../support/mounted.js';
import { nativeTest as test } from './native-mount.js';

/** Limits by the titles of the cases that meet them. */
type Limits = Readonly<Record<string, readonly RegExp[]>>;

async function compare(
  t: ExecutionContext,
  cases: readonly PosixCase[],
  limits: Limits = {},
): Promise<void> {
  await withMount(t, { transport: 'fuse-native', cacheMs: 0 }, async ({ dir, beside }) => {
    const different = await findDifferences(dir, beside, cases);
    const met = Object.entries(limits).map(([limit, titles]) => ({
      limit,
      count: different.filter(({ title }) => titles.some((each) => each.test(title))).length,
    }));
    const known = Object.values(limits).flat();
    const isKnown = ({ title }: Difference): boolean => known.some((each) => each.test(title));
    t.log(`${cases.length} cases, ${different.length} otherwise`);
    t.deepEqual(different.filter((each) => !isKnown(each)).map(describeDifference), []);
    t.deepEqual(
      met.filter(({ count }) => count === 0),
      [],
      'limits that are no more',
    );
  });
}

test('every call answers to every kind of path as on a disk', (t) => compare(t, PATH_ERROR_CASES));

test('new files belong to the server, and nothing reserves space; permissions are as on a disk', (t) =>
  compare(t, PERMISSION_CASES, {
    'callers are not known': [
      /^a directory of mode \d+ to its (owner|group|other)$/,
      /^the umask \d+$/,
      /^new files belong to who makes them$/,
      /^a setgid directory hands down its group$/,
      /^sticky on files and directories$/,
    ],
    'no fallocate': [/^set-id bits of \d+: (a hole|more space) by /],
  }));

test('no flags of rename, no names but UTF-8; names, links and directories are as on a disk', (t) =>
  compare(t, NAME_CASES, {
    'no flags of rename': [/^rename .* flags [12]$/, /^exchange of /],
    'names that are not UTF-8': [/^letters of all kinds$/],
    'a removed directory cannot be looked at': [/^a removed directory that is open$/],
    'callers are not known': [/^devices are made by root alone$/, /^sticky directories$/],
  }));

test('modes, owners and link counts are as on a disk', (t) => compare(t, ATTRIBUTE_CASES));

test('times are those of the access, in milliseconds since 1970; they move as on a disk', (t) =>
  compare(t, TIME_CASES, {
    'utimens has one time': [/^the time -?\d+$/, /^times after utime_one /],
    'no flags of rename': [/^times after renameat2 .* 2$/],
    'no fallocate': [/^times after fallocate /],
    'a chown that changes nothing does not come': [/^times after chown d\/f -1 -1$/],
  }));

test('nothing makes holes; content is as on a disk', (t) =>
  compare(t, CONTENT_CASES, { 'no fallocate': [/^holes and zeros$/] }));

test('extended attributes are as on a disk', (t) => compare(t, XATTR_CASES));
