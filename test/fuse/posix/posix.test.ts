/**
 * What system calls answer and leave behind is on a mount what it is on a disk: hundreds of cases, run by
 * `agent.py` in both places, must agree.
 */
import { rmSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import { mountRefusal, withMount } from '../support/mounted.js';
import type { PosixCase } from './case.js';
import { ATTRIBUTE_CASES } from './cases/attributes.js';
import { CONTENT_CASES } from './cases/content.js';
import { NAME_CASES } from './cases/names.js';
import { PATH_ERROR_CASES } from './cases/path-errors.js';
import { PERMISSION_CASES } from './cases/permissions.js';
import { TIME_CASES } from './cases/times.js';
import { XATTR_CASES } from './cases/xattrs.js';
import { describeDifference, findDifferences } from './compare.js';

const refusal = mountRefusal();
const mounting = refusal === undefined ? test.serial : test.serial.skip;

async function compare(t: ExecutionContext, cases: readonly PosixCase[]): Promise<void> {
  await withMount(t, {}, async ({ dir, beside }) => {
    const different = await findDifferences(dir, beside, cases);
    t.log(`${cases.length} cases`);
    t.deepEqual(different.map(describeDifference), []);
    rmSync(beside, { recursive: true, force: true });
  });
}

if (refusal !== undefined) test.skip(`skipped: ${refusal}`, () => undefined);

mounting('every call answers to every kind of path as on a disk', (t) =>
  compare(t, PATH_ERROR_CASES),
);
mounting('owners, modes and who may do what are as on a disk', (t) => compare(t, PERMISSION_CASES));
mounting('names, links and directories are as on a disk', (t) => compare(t, NAME_CASES));
mounting('modes, owners and link counts are as on a disk', (t) => compare(t, ATTRIBUTE_CASES));
mounting('times move as on a disk', (t) => compare(t, TIME_CASES));
mounting('content is as on a disk', (t) => compare(t, CONTENT_CASES));
mounting('extended attributes are as on a disk', (t) => compare(t, XATTR_CASES));
