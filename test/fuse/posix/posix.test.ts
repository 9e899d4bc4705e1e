/**
 * What system calls answer and leave behind is on a mount what it is on a disk: thousands of cases, run by
 * `agent.py` in both places, must agree, however the volume is mounted.
 */
import test from 'ava';
import { mountRefusal } from '../support/mounted.js';
import type { PosixGroup } from './case.js';
import { ATTRIBUTE_CASES } from './cases/attributes.js';
import { CONTENT_CASES } from './cases/content.js';
import { BIRTH_CASES, KIND_CASES } from './cases/kinds.js';
import { LONG_PATH_CASES } from './cases/long-paths.js';
import { NAME_CASES } from './cases/names.js';
import { OPEN_CASES } from './cases/opening.js';
import { FILE_PATH_CASES, NAME_PATH_CASES } from './cases/path-errors.js';
import { PERMISSION_CASES } from './cases/permissions.js';
import { SEEN_AGAIN_CASES } from './cases/seen-again.js';
import { STICKY_CASES } from './cases/sticky.js';
import { TIME_CASES } from './cases/times.js';
import { XATTR_CASES } from './cases/xattrs.js';
import { compare } from './compare.js';
import { MOUNTINGS } from './mounts.js';

const refusal = mountRefusal();
const mounting = refusal === undefined ? test.serial : test.serial.skip;

const GROUPS: readonly PosixGroup[] = [
  {
    title: 'calls to files answer to every kind of path as on a disk',
    cases: FILE_PATH_CASES,
    looks: 'last',
  },
  {
    title: 'calls to names answer to every kind of path as on a disk',
    cases: NAME_PATH_CASES,
    looks: 'last',
  },
  { title: 'owners, modes and who may do what are as on a disk', cases: PERMISSION_CASES },
  { title: 'names, links and directories are as on a disk', cases: NAME_CASES },
  { title: 'modes, owners and link counts are as on a disk', cases: ATTRIBUTE_CASES },
  { title: 'times move as on a disk', cases: TIME_CASES },
  { title: 'content is as on a disk', cases: CONTENT_CASES },
  { title: 'each kind of file takes what it takes on a disk', cases: KIND_CASES },
  { title: 'sticky directories protect as on a disk', cases: STICKY_CASES, looks: 'last' },
  { title: 'everything opens as on a disk', cases: OPEN_CASES },
  { title: 'the longest paths are as on a disk', cases: LONG_PATH_CASES },
  { title: 'what one call changes every other sees', cases: SEEN_AGAIN_CASES },
  { title: 'extended attributes are as on a disk', cases: XATTR_CASES },
];

if (refusal !== undefined) test.skip(`skipped: ${refusal}`, () => undefined);

mounting('times of birth are told where that is wanted', (t) =>
  compare(t, { title: 'times of birth', cases: BIRTH_CASES }, { birthTimes: true }),
);

for (const { name, options } of MOUNTINGS) {
  for (const group of GROUPS) {
    mounting(`${group.title}; ${name}`, (t) => compare(t, group, options));
  }
}
