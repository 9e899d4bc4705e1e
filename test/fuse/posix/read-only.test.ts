/**
 * What a mount that is only to be read answers is what a disk does that is mounted so: which calls are
 * EROFS, and which fail of something else before.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { withVolume } from '../../support/temporary-volume.js';
import { mountRefusal } from '../support/mounted.js';
import { ALICE, type PosixGroup, posixCase, ROOT, type Step, type Who } from './case.js';
import { KINDS, make } from './cases/kinds.js';
import { runIn } from './compare.js';

const refusal = mountRefusal();
const mounting = refusal === undefined ? test.serial : test.serial.skip;

/** Made before the mount is only to be read: one of each kind, for root and for Alice. */
const PATHS = KINDS.map((kind, index) => ({ kind, path: `f${index}` }));
const WORLD: readonly Step[] = [
  ...PATHS.map(({ kind, path }) => make(kind, path)),
  [ROOT, 'create', 'target', 0o644, 'text'],
  [ROOT, 'setxattr', 'target', 'user.a', 'x'],
  [ROOT, 'create', 'hers', 0o644, 'text'],
  [ROOT, 'chown', 'hers', 1001, 1001],
  [ROOT, 'makedir', 'full'],
  [ROOT, 'create', 'full/below', 0o644],
  [ROOT, 'makedir', 'open', 0o777],
  [ROOT, 'create', 'open/f', 0o666],
];

const ON_PATH: readonly (readonly [call: string, ...args: unknown[]])[] = [
  ['chmod', 0o600],
  ['chown', 5, 6],
  ['lchown', 5, 6],
  ['chown', -1, -1],
  ['truncate', 0],
  ['utimens', '5', '6', false],
  ['utimens', 'now', 'now', false],
  ['utimens', 'omit', 'omit', false],
  ['open', 'RDONLY|NONBLOCK'],
  ['open', 'WRONLY|NONBLOCK'],
  ['open', 'RDWR|NONBLOCK'],
  ['open', 'RDONLY|TRUNC|NONBLOCK'],
  ['open', 'RDONLY|CREAT|NONBLOCK'],
  ['open', 'WRONLY|CREAT|EXCL'],
  ['access_effective', 2],
  ['access_effective', 4],
  ['access', 2],
  ['setxattr', 'user.b', 'x', 0, false],
  ['removexattr_link', 'user.a'],
  ['getxattr', 'user.a'],
  ['mkdir'],
  ['mkfifo'],
  ['mknod', 0o020600, 1, 3],
  ['unlink'],
  ['rmdir'],
  ['lstat'],
  ['readlink'],
];

const NAMED = [...PATHS.map(({ path }) => path), 'target', 'hers', 'full', 'open/f'];
const MISSING = ['free', 'full/free', 'open/free', 'target/free', 'free/free', 'free/'];

function calls(who: Who): Step[] {
  return [
    ...[...NAMED, ...MISSING].flatMap((path) => [
      ...ON_PATH.map(([call, ...args]): Step => [who, call, path, ...args]),
      [who, 'symlink', 'x', path] as const,
      [who, 'link', 'target', path] as const,
      [who, 'link', path, 'free'] as const,
      [who, 'rename', path, 'free'] as const,
      [who, 'rename', path, path] as const,
      [who, 'rename', 'target', path] as const,
      [who, 'rename', path, '@/free'] as const,
      [who, 'renameat2', path, 'full', 2] as const,
      [who, 'content', path === 'f2' ? 'target' : path] as const,
    ]),
    [who, 'open', 'target', 'RDONLY', 0, 'fd'],
    [who, 'fchmod', 'fd', 0o600],
    [who, 'fchown', 'fd', 5, 6],
    [who, 'ftruncate', 'fd', 3],
    [who, 'futimens', 'fd', 'now', 'now'],
    [who, 'fsync', 'fd'],
    [who, 'pread', 'fd', 10, 0],
    [who, 'mmap_read', 'fd', 4],
    [who, 'listdir', 'full'],
  ];
}

const MADE: PosixGroup = { title: 'the world', cases: [posixCase('all kinds', ...WORLD)] };
const READ: PosixGroup = {
  title: 'read-only',
  cases: [{ ...posixCase('all calls', ...calls(ROOT), ...calls(ALICE)), looks: 'never' }],
};

const OPTIONS = { suid: true, dev: true, allowOther: true, threads: 2 } as const;

mounting('what may only be read answers as a disk that may only be read', (t) =>
  withVolume(t, {}, async ({ volume, folder }) => {
    const [dir, disk, elsewhere] = ['mount', 'disk', 'elsewhere'].map((name) => join(folder, name));
    for (const place of [dir, disk, elsewhere]) mkdirSync(place as string);
    const places = { dir: dir as string, disk: disk as string, elsewhere: elsewhere as string };
    await runIn(places.disk, places.elsewhere, MADE);
    const writable = await volume.mount(places.dir, OPTIONS);
    await runIn(places.dir, places.elsewhere, MADE);
    await writable.unmount();
    execFileSync('mount', ['--bind', places.disk, places.disk]);
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', places.disk]);
      const onDisk = await runIn(places.disk, places.elsewhere, READ, '--there');
      await using mount = await volume.mount(places.dir, { ...OPTIONS, readOnly: true });
      const onMount = await runIn(places.dir, places.elsewhere, READ, '--there');
      const steps = READ.cases[0]?.steps ?? [];
      const wrong = steps.flatMap((step, index) => {
        const [here, there] = [onMount[0]?.answers[index], onDisk[0]?.answers[index]];
        if (JSON.stringify(here) === JSON.stringify(there)) return [];
        // A filesystem that is read-only says so first; of a directory that is bound so, modes come before.
        if (here === 'EROFS' && there === 'EACCES') return [];
        return [
          `${JSON.stringify(step)}: mount ${JSON.stringify(here)}, disk ${JSON.stringify(there)}`,
        ];
      });
      t.log(`${steps.length} calls`);
      t.deepEqual(wrong, []);
      t.is(mount.errors, 0);
    } finally {
      execFileSync('umount', [places.disk]);
    }
  }),
);

if (refusal !== undefined) test.skip(`skipped: ${refusal}`, () => undefined);
