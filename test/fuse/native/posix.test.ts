/**
 * Through fuse-native, too, system calls answer and leave behind what they do on a disk, but for what is
 * listed here: each is a limit of fuse-native that docs/mount.md names. A case that meets one, and agrees all
 * the same, fails as well.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import type { PosixGroup } from '../posix/case.js';
import { ATTRIBUTE_CASES } from '../posix/cases/attributes.js';
import { CONTENT_CASES } from '../posix/cases/content.js';
import { BIRTH_CASES, KIND_CASES } from '../posix/cases/kinds.js';
import { LONG_PATH_CASES } from '../posix/cases/long-paths.js';
import { NAME_CASES } from '../posix/cases/names.js';
import { OPEN_CASES } from '../posix/cases/opening.js';
import { FILE_PATH_CASES, NAME_PATH_CASES } from '../posix/cases/path-errors.js';
import { PERMISSION_CASES } from '../posix/cases/permissions.js';
import { SEEN_AGAIN_CASES } from '../posix/cases/seen-again.js';
import { STICKY_CASES } from '../posix/cases/sticky.js';
import { TIME_CASES } from '../posix/cases/times.js';
import { XATTR_CASES } from '../posix/cases/xattrs.js';
import { type Result, runIn } from '../posix/compare.js';
import { withMount } from '../support/mounted.js';
import { nativeTest as test } from './native-mount.js';

/** Limits, and the titles of the cases that meet them. */
type Limits = Readonly<Record<string, readonly RegExp[]>>;

/** The folder that stands for another filesystem. */
const ELSEWHERE = 'elsewhere';

interface Outcome {
  readonly title: string;
  readonly mount: string;
  readonly disk: string;
}

function show(result: Result | undefined): string {
  if (result === undefined) return 'no result';
  const { answers, seen, tree } = result;
  return JSON.stringify({ answers, seen, tree });
}

async function runBoth(
  { dir, beside }: { readonly dir: string; readonly beside: string },
  group: PosixGroup,
): Promise<readonly Outcome[]> {
  for (const place of [dir, beside]) mkdirSync(join(place, ELSEWHERE));
  const onDisk = await runIn(beside, join(dir, ELSEWHERE), group);
  const onMount = await runIn(dir, join(beside, ELSEWHERE), group);
  return group.cases.map(({ title }, index) => {
    return { title, mount: show(onMount[index]), disk: show(onDisk[index]) };
  });
}

async function compare(t: ExecutionContext, group: PosixGroup, limits: Limits = {}): Promise<void> {
  await withMount(t, { transport: 'fuse-native', cacheMs: 0 }, async ({ dir, beside }) => {
    const outcomes = await runBoth({ dir, beside }, group);
    const known = Object.values(limits).flat();
    const meetsLimit = ({ title }: Outcome): boolean => known.some((each) => each.test(title));
    const different = outcomes.filter(({ mount, disk }) => mount !== disk);
    const same = outcomes.filter(({ mount, disk }) => mount === disk);
    t.log(`${outcomes.length} cases, ${different.length} otherwise`);
    t.deepEqual(
      different
        .filter((each) => !meetsLimit(each))
        .map(({ title, mount, disk }) => `${title}\n  mount ${mount}\n  disk  ${disk}`),
      [],
    );
    t.deepEqual(
      same.filter(meetsLimit).map(({ title }) => title),
      [],
      'limits that are no more',
    );
    // By a program: paths may be longer than those of system calls.
    execFileSync('rm', ['-rf', beside]);
  });
}

test('calls to files answer to every kind of path as on a disk', (t) =>
  compare(t, { title: 'files', cases: FILE_PATH_CASES, looks: 'last' }));

test('no flags of rename, new files belong to the server; calls to names answer as on a disk', (t) =>
  compare(
    t,
    { title: 'names', cases: NAME_PATH_CASES, looks: 'last' },
    {
      'callers are not known': [
        /^(mkdir|mkfifo|mknod of a (FIFO|file)|bind|open to create( anew)?|symlink): a free name in a directory that the group/,
      ],
      'no flags of rename': [
        /^rename without replacing: (a name that is free|a name of 255 bytes|a path of 4095 bytes|below a link to a directory|a free name in a directory that the group may)/,
        /^exchange: (a directory with a slash|a link to (itself|nothing|a file|a directory)$|two links to each other: one$|a file$|an empty directory$|a directory with something in it$|a FIFO$|a socket$|a device$|a file that nobody may use$)/,
      ],
    },
  ));

test('new files belong to the server, and nothing reserves space; permissions are as on a disk', (t) =>
  compare(
    t,
    { title: 'permissions', cases: PERMISSION_CASES },
    {
      'callers are not known': [
        /^a directory of mode (700|777) to its owner$/,
        /^a directory of mode (70|777) to its group$/,
        /^a directory of mode (7|777) to its other$/,
        /^the umask \d+$/,
        /^new files belong to who makes them$/,
        /^a setgid directory hands down its group$/,
        /^sticky on files and directories$/,
      ],
      'no fallocate': [/^set-id bits of \d+: (a hole|more space) by /],
    },
  ));

test('no flags of rename, no names but UTF-8; names, links and directories are as on a disk', (t) =>
  compare(
    t,
    { title: 'names and links', cases: NAME_CASES },
    {
      'no flags of rename': [
        /, (?!nothing).* to nothing, flags 1$/,
        /, (?!nothing).* to (?!nothing).*, flags 2$/,
        /^exchange of /,
      ],
      'names that are not UTF-8': [/^letters of all kinds$/],
      'a removed directory cannot be looked at': [/^a removed directory that is open$/],
      'callers are not known': [/^devices are made by root alone$/, /^sticky directories$/],
    },
  ));

test('modes, owners and link counts are as on a disk', (t) =>
  compare(t, { title: 'attributes', cases: ATTRIBUTE_CASES }));

test('times are those of the access, in milliseconds since 1970; they move as on a disk', (t) =>
  compare(
    t,
    { title: 'times', cases: TIME_CASES },
    {
      'utimens has one time, in milliseconds': [
        /^the time -?\d+$/,
        /^times after utimens d\/f (now omit|omit now)$/,
        /^times that (root|its owner) sets of /,
      ],
      'no flags of rename': [/^times after renameat2 .* 2$/],
      'no fallocate': [/^times after fallocate /],
      'a chown that changes nothing does not come': [/^times after chown d\/f -1 -1$/],
    },
  ));

test('nothing makes holes; content is as on a disk', (t) =>
  compare(
    t,
    { title: 'content', cases: CONTENT_CASES },
    {
      'no fallocate': [/^holes and zeros$/, /^space that is set aside$/],
    },
  ));

test('no flags of rename; each kind of file takes what it takes on a disk', (t) =>
  compare(
    t,
    { title: 'kinds', cases: KIND_CASES },
    {
      'a chown that changes nothing does not come': [/^l?chown of .* by (root|strangers)$/],
      'utimens has one time, in milliseconds': [/^times of /],
      'no flags of rename': [/^rename of .* flags 2$/],
    },
  ));

test('no time of birth', (t) =>
  compare(
    t,
    { title: 'births', cases: BIRTH_CASES },
    { 'no time of birth': [/^the birth of a /] },
  ));

test('nothing is exchanged; sticky directories protect as on a disk', (t) =>
  compare(
    t,
    { title: 'sticky', cases: STICKY_CASES, looks: 'last' },
    {
      'no flags of rename': [/moves to another one$/],
    },
  ));

test('new files belong to the server, and nothing reserves space; everything opens as on a disk', (t) =>
  compare(
    t,
    { title: 'opening', cases: OPEN_CASES },
    {
      'callers are not known': [
        /^modes that \w+ leaves$/,
        /^whom what \w+ makes belongs to$/,
        /^a file of mode 0 that somebody makes with /,
      ],
      'no fallocate': [/^a file of mode 0 that root makes with (WRONLY|RDWR)$/],
    },
  ));

test('paths are shorter; the longest are else as on a disk', (t) =>
  compare(
    t,
    { title: 'long paths', cases: LONG_PATH_CASES },
    {
      'paths end at 4,095 bytes from the root': [/^the longest path /],
    },
  ));

test('what one call changes every other sees, but for what no call changes here', (t) =>
  compare(
    t,
    { title: 'seen again', cases: SEEN_AGAIN_CASES },
    {
      'utimens has one time, in milliseconds': [
        /dated/,
        /^three names and two descriptors after futimens /,
      ],
      'no fallocate': [
        / after fallocate /,
        /^what was read is not read again once it has changed past the pages$/,
      ],
      'no flags of rename': [/ after renameat2 .* 2$/, /^what a name leads to changes$/],
      'callers are not known': [/^rights that are taken and given$/],
    },
  ));

test('names of attributes are told as to who mounted; else they are as on a disk', (t) =>
  compare(
    t,
    { title: 'extended attributes', cases: XATTR_CASES },
    {
      'callers are not known': [/^who is told of which names$/],
    },
  ));
