/**
 * Who is let into a mount of root's: nobody else unless asked, whatever the modes say; then whom modes
 * and owners let in.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { MountOptions } from '#src/core/mount-options.js';
import { withVolume } from '../../support/temporary-volume.js';
import { mountTest } from './mounting.js';

const OTHER_UID = 65_534;

interface Answer {
  readonly done: boolean;
  readonly said: string;
}

/** A shell command of a user who owns nothing here. */
function asOther(script: string, dir: string): Answer {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', dir], {
    uid: OTHER_UID,
    gid: OTHER_UID,
    cwd: '/',
    encoding: 'utf8',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    timeout: 30_000,
  });
  return { done: status === 0, said: stdout + stderr };
}

async function withOthers(
  t: ExecutionContext,
  options: MountOptions,
  look: (dir: string) => void,
): Promise<void> {
  await withVolume(t, { umask: 0 }, async ({ volume, folder }) => {
    const dir = join(folder, 'mount');
    mkdirSync(dir);
    await using mount = await volume.mount(dir, { threads: 1, ...options });
    writeFileSync(join(dir, 'open'), 'for everybody', { mode: 0o666 });
    writeFileSync(join(dir, 'closed'), 'for root', { mode: 0o600 });
    chmodSync(join(dir, 'open'), 0o666);
    // All that keeps others out is the mount.
    chmodSync(folder, 0o755);
    t.true(asOther('ls "$1"', folder).done, 'they come as far as the mount');
    look(dir);
    await mount.unmount();
  });
}

const rootTest: typeof mountTest =
  process.getuid?.() === 0
    ? mountTest
    : (title, implementation) => test.skip(`${title} (takes root)`, implementation);

rootTest('a mount lets no other user in, whatever the modes are', (t) =>
  withOthers(t, {}, (dir) => {
    for (const script of ['ls "$1"', 'cat "$1/open"', 'stat "$1"', 'echo x > "$1/open"']) {
      const { done, said } = asOther(script, dir);
      t.false(done, script);
      t.regex(said, /Permission denied|cannot open/, script);
    }
  }),
);

rootTest('with allowOther it lets those in whom modes and owners let in', (t) =>
  withOthers(t, { allowOther: true }, (dir) => {
    t.deepEqual(asOther('cat "$1/open"', dir), { done: true, said: 'for everybody' });
    t.true(asOther('echo x > "$1/open"', dir).done);
    for (const script of ['cat "$1/closed"', 'rm -f "$1/open"', 'chmod 777 "$1/open"']) {
      t.false(asOther(script, dir).done, script);
    }
  }),
);
