/** Without the kernel's checks (`defaultPermissions: false`) modes and owners are told, and bind nobody. */
import test from 'ava';
import { withMount } from '../mount/mounting.js';
import { mountRefusal } from '../support/mounted.js';
import { BOB, type PosixGroup, posixCase, ROOT } from './case.js';
import { runIn } from './compare.js';

const refusal = mountRefusal();
const mounting = refusal === undefined ? test.serial : test.serial.skip;

const GROUP: PosixGroup = {
  title: 'no checks',
  cases: [
    posixCase(
      'a stranger',
      [ROOT, 'makedir', 'd', 0o700],
      [ROOT, 'create', 'd/f', 0o600, 'secret'],
      [BOB, 'content', 'd/f'],
      [BOB, 'open', 'd/f', 'RDWR|TRUNC'],
      [BOB, 'access_effective', 'd/f', 6],
      [BOB, 'chmod', 'd/f', 0o640],
      [BOB, 'utimens', 'd/f', '5', '6'],
      [BOB, 'listdir', 'd'],
      [BOB, 'rename', 'd/f', 'd/g'],
      [BOB, 'mkdir', 'd/sub', 0o755],
      [BOB, 'touch', 'd/new'],
      [BOB, 'unlink', 'd/g'],
      [BOB, 'lstat', 'd/new'],
      [BOB, 'lstat', 'd/sub'],
    ),
  ],
};

mounting('everybody may do everything, and owns what he makes', (t) =>
  withMount(t, { defaultPermissions: false, allowOther: true }, async ({ dir }) => {
    const [result] = await runIn(dir, dir, GROUP);
    const done = Array.from({ length: 8 }, () => null);
    t.deepEqual(result?.answers, [
      ...[null, null, 'secret', null, true, null, null, ['f']],
      ...done.slice(0, 4),
      ['file', '0o644', 1, 1002, 1002, 0, null],
      ['dir', '0o755', 2, 1002, 1002, null, null],
    ]);
  }),
);

if (refusal !== undefined) test.skip(`skipped: ${refusal}`, () => undefined);
