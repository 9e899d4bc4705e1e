/** Where a volume can be mounted, and with which options. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { MOUNT_OPTION_RULES, type MountOptions } from '#src/core/mount-options.js';
import {
  mountAround,
  mountAt,
  mountsBelow,
  parseMountTable,
} from '#src/fuse/kernel/mount-table.js';
import { codeOf, tableRows } from '../../support/markdown.js';
import { projectPath, readProjectFile } from '../../support/project.js';
import { withVolume } from '../../support/temporary-volume.js';
import { startThread } from '../../support/thread.js';
import { mountsIn, mountTest, shell, withMount } from './mounting.js';

mountTest('what cannot be mounted on is named with a reason', async (t) => {
  await withMount(t, {}, async ({ volume, folder, dir }) => {
    const file = join(folder, 'file');
    const full = join(folder, 'full');
    writeFileSync(file, '');
    mkdirSync(join(full, 'x'), { recursive: true });
    mkdirSync(join(dir, 'inside'));
    const attempts: readonly (readonly [string, MountOptions, RegExp])[] = [
      [join(folder, 'none'), {}, /there is no such directory.*mkdir/],
      [file, {}, /it is no directory/],
      [join(file, 'x'), {}, /ENOTDIR/],
      [full, {}, /not empty \('x' is in it\).*nonempty/],
      [dir, {}, /the volume '.*' is mounted there already/],
      [join(dir, 'inside'), {}, /in a mount of the same volume/],
      [folder, { nonempty: true }, /the volume itself is in it/],
      ['/proc', {}, /a filesystem \(proc\) is mounted there already/],
      ['', {}, /it is no path/],
      ['a\0b', {}, /it is no path/],
      [undefined as never, {}, /it is no path/],
    ];
    for (const [place, options, message] of attempts) {
      await t.throwsAsync(volume.mount(place, options), { code: 'ERR_MOUNT_POINT', message });
    }
    t.deepEqual(mountsIn(folder), [dir]);
    await using over = await volume.mount(full, { nonempty: true });
    t.deepEqual(await volume.fs.promises.readdir('/'), ['inside']);
    t.is((await shell(t, 'ls "$1"', over.dir)).trim(), 'inside');
  });
});

mountTest('no name of a directory or source gets among the mount options', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const names = [
      'a b',
      'a,suid,dev',
      'back\\slash',
      '"quoted"',
      "it's $(id)",
      'new\nline',
      '-o',
      'ü\t',
    ];
    for (const name of names) {
      const dir = join(folder, name);
      mkdirSync(dir);
      await using mount = await volume.mount(dir, {
        fsName: `a,suid b\\${name.trim().replace(/\s/g, ' ')}`,
        threads: 1,
      });
      t.is(mount.dir, dir);
      const line = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .find((each) => each.includes('fuse.cabinetfs a,suid'));
      t.regex(line ?? '', / rw,nosuid,nodev,/, name);
      writeFileSync(join(dir, 'x'), name);
      t.is(await volume.fs.promises.readFile('/x', 'utf8'), name);
      await mount.unmount();
    }
  });
});

mountTest('a link to a directory leads to the mount point', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    mkdirSync(join(folder, 'mnt'));
    symlinkSync('mnt', join(folder, 'link'));
    await using mount = await volume.mount(join(folder, 'link'), { suid: true, dev: true });
    t.is(mount.dir, join(folder, 'mnt'));
    const mounts = await readFile('/proc/self/mounts', 'utf8');
    const line = mounts.split('\n').find((each) => each.includes(mount.dir));
    t.notRegex(line ?? '', /nosuid|nodev/);
  });
});

const AS_USER = projectPath('test/fuse/native/as-user.sh');
const MOUNT_CHILD = join(import.meta.dirname, 'mount-child.js');

/** What a program says that tries to mount and unmount, started by `command`. */
function tryMount(
  command: readonly string[],
  folder: string,
  options: object = {},
): Readonly<Record<string, string>> {
  const [program = '', ...args] = command;
  const all = [...args, process.execPath, MOUNT_CHILD, folder];
  const { stdout, stderr } = spawnSync(program, all, {
    encoding: 'utf8',
    timeout: 60_000,
    ...options,
  });
  if (stderr !== '') throw new Error(stderr);
  return JSON.parse(stdout);
}

mountTest(
  'without /dev/fuse, and without the right to mount, it says what is missing',
  async (t) => {
    await withVolume(t, {}, async ({ folder }) => {
      mkdirSync(join(folder, 'mnt'));
      const without = [
        'unshare',
        '--mount',
        'sh',
        '-c',
        'mount -t tmpfs none /dev && exec "$@"',
        'sh',
      ];
      const missing = tryMount(without, folder);
      t.is(missing.code, 'ERR_MOUNT_FAILED');
      t.regex(missing.message ?? '', /\/dev\/fuse.*ENOENT.*modprobe/);
      await shell(t, 'chmod 777 "$1" "$1/mnt"', folder);
      const plain = tryMount(['env'], folder, { uid: 65534, gid: 65534 });
      // Ordinary users mount through the helper, which is there or not, and where they may open the device.
      if (plain.code !== undefined) t.is(plain.code, 'ERR_MOUNT_FAILED');
      const hints = /user namespace|apt-get install fuse|chmod 666/;
      if (plain.state !== 'unmounted') t.regex(plain.message ?? '', hints);
    });
  },
);

mountTest('only the main thread of a program can mount', async (t) => {
  await withVolume(t, {}, async ({ volume, folder }) => {
    const thread = startThread(new URL('./mount-thread.js', import.meta.url));
    const attempt = thread.ask('mount', volume.connect(), folder);
    await t.throwsAsync(attempt, { code: 'ERR_MOUNT_FAILED', message: /main thread/ });
    await thread.end();
  });
});

mountTest('a user namespace of its own is enough', async (t) => {
  await withVolume(t, {}, async ({ folder }) => {
    mkdirSync(join(folder, 'mnt'));
    await shell(t, 'chmod 777 "$1" "$1/mnt"', folder);
    // A user may have to be let open the device first.
    const asUser = ['unshare', '--mount', 'sh', AS_USER, folder, projectPath('.')];
    const said = tryMount([...asUser, 'unshare', '--user', '--map-root-user', '--mount'], folder);
    t.deepEqual(said, { said: 'hello', state: 'unmounted' });
    t.deepEqual(mountsIn(folder), []);
  });
});

const WRONG: readonly (readonly [string, object, string])[] = [
  ['an unknown name', { thread: 2 }, 'ERR_OPTION_UNKNOWN'],
  ['no threads', { threads: 0 }, 'ERR_OPTION_INVALID'],
  ['too many threads', { threads: 65 }, 'ERR_OPTION_INVALID'],
  ['a flag that is none', { readOnly: 'yes' }, 'ERR_OPTION_INVALID'],
  ['an empty name', { fsName: '' }, 'ERR_OPTION_INVALID'],
  ['a name with a newline', { fsName: 'a\nb' }, 'ERR_OPTION_INVALID'],
  ['a name that is a label of a disk', { fsName: 'LABEL=x' }, 'ERR_OPTION_INVALID'],
  ['a name that is too long', { fsName: 'x'.repeat(256) }, 'ERR_OPTION_INVALID'],
  ['no object', null as unknown as object, 'ERR_OPTION_INVALID'],
];

for (const [name, options, code] of WRONG) {
  test(`options are checked first: ${name}`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      await t.throwsAsync(volume.mount('/nowhere', options), { code });
    });
  });
}

test('docs/mount.md gives the defaults that are enforced', (t) => {
  const rows = tableRows(readProjectFile('docs/mount.md'), 'Option');
  t.deepEqual(
    rows.map(({ Option }) => codeOf(Option)),
    Object.keys(MOUNT_OPTION_RULES),
  );
  for (const [name, rule] of Object.entries(MOUNT_OPTION_RULES)) {
    const row = rows.find(({ Option }) => codeOf(Option) === name);
    if (rule.kind === 'integer') {
      t.is(row?.Default, rule.default.toLocaleString('en-US'), name);
      const bounds = [rule.min, rule.max].map((value) => value.toLocaleString('en-US'));
      t.is(row?.Values, bounds.join(' to '), name);
    }
    if (rule.kind === 'boolean') {
      t.is(row?.Default, `\`${rule.default}\``, name);
    }
  }
});

test('the table of mounts is read as the kernel writes it', (t) => {
  const table = parseMountTable(
    [
      '22 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
      '36 22 0:31 / /mnt/a\\040b rw,noatime master:1 propagate_from:2 - fuse.cabinetfs /v\\012x rw',
      '37 36 0:32 / /mnt/a\\040b/c ro shared:5 - tmpfs none rw',
      '38 22 0:33 / /mnt/a\\040b ro - tmpfs over rw',
      '',
    ].join('\n'),
  );
  t.is(mountAt('/mnt/a b', table)?.id, 38, 'the topmost');
  t.like(table[1], { id: 36, device: '0:31', type: 'fuse.cabinetfs', source: '/v\nx' });
  t.is(mountAt('/mnt', table), undefined);
  t.is(mountAround('/mnt/a b/c/d', table)?.id, 37);
  t.is(mountAround('/mnt/a bc', table)?.id, 22);
  t.deepEqual(
    mountsBelow('/mnt/a b', table).map(({ id }) => id),
    [37],
  );
});
