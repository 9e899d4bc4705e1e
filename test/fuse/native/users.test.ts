/**
 * Mounts of ordinary users, through the setuid helper: with the kernel's protocol, which is the default,
 * and with fuse-native. Each test has a mount namespace of its own, see `as-user.sh`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { Child } from '../../support/child.js';
import { projectPath } from '../../support/project.js';
import { withFolder } from '../../support/temporary-volume.js';
import { until } from '../../support/until.js';
import { NO_NATIVE } from './native-mount.js';

const SCRIPT = projectPath('test/fuse/native/as-user.sh');
const AGENT = relative(
  projectPath('.'),
  fileURLToPath(new URL('./user-agent.js', import.meta.url)),
);
const NOBODY = 65_534;
const TRANSPORTS = ['kernel', 'fuse-native'] as const;

const REASON = NO_NATIVE ?? reasonOfUsers();

function reasonOfUsers(): string | undefined {
  if (process.getuid?.() !== 0) return 'these tests take root';
  if (!existsSync('/usr/bin/fusermount')) return 'no fusermount';
  const { status } = spawnSync('unshare', ['--mount', 'setpriv', `--reuid=${NOBODY}`, 'true']);
  return status === 0 ? undefined : 'no unshare, or no setpriv';
}

interface User {
  readonly child: Child;
  readonly folder: string;
  ask(request: string, ...args: readonly unknown[]): Promise<unknown>;
}

function startUser(folder: string, agent: string = AGENT): ChildProcess {
  return spawn(
    'unshare',
    [
      ...['--mount', 'sh', SCRIPT, folder, projectPath('.')],
      ...[process.execPath, join(folder, 'project', agent), join(folder, 'home')],
    ],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], cwd: folder },
  );
}

/** Runs `work` with a program of an ordinary user that has a volume open. */
async function withUser(work: (user: User) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    // Others may go through.
    chmodSync(folder, 0o755);
    const home = join(folder, 'home');
    spawnSync('mkdir', [home]);
    chownSync(home, NOBODY, NOBODY);
    const child = new Child(startUser(folder));
    try {
      await work({ child, folder, ask: (request, ...args) => child.ask(request, ...args) });
    } finally {
      child.process.kill('SIGKILL');
      await child.ended;
    }
  });
}

/** One that has ended and that nobody has asked for does not count. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

type Implementation = (t: ExecutionContext) => Promise<void>;

function userTest(title: string, implementation: Implementation): void {
  if (REASON === undefined) test.serial(title, implementation);
  else test.serial.skip(`${title} (${REASON})`, implementation);
}

userTest("the kernel's protocol is the default of ordinary users, too", async (t) => {
  await withUser(async ({ ask }) => {
    t.is(await ask('whoami'), NOBODY);
    t.like(await ask('mount', {}), { transport: 'kernel', threads: 2 });
    t.is(
      await ask(
        'run',
        'touch -d "1960-01-01 00:00:00.123456789 UTC" "$1/t"; date -u -r "$1/t" +%s.%N',
      ),
      '-315619200.123456789\n',
    );
    const [line] = (await ask('mounts')) as string[];
    t.regex(line ?? '', /nosuid,nodev.* fuse\.cabinetfs .*user_id=65534/);
  });
});

/** Writes, and keeps the file open until the file `ready` has gone. */
const HOLDER = `
import os, sys, time
os.chdir(sys.argv[1])
file = os.open('a', os.O_CREAT | os.O_WRONLY)
os.write(file, b'gathered')
os.close(os.open('ready', os.O_CREAT | os.O_WRONLY))
while os.path.exists('ready'): time.sleep(0.05)`;

userTest('with writeback others see what was written when the file is closed', async (t) => {
  await withUser(async ({ ask }) => {
    t.like(await ask('mount', { writeback: true }), { transport: 'kernel' });
    const holding = ask('run', `python3 -c "${HOLDER}" "$1"`);
    await ask('run', 'while [ ! -e "$1/ready" ]; do sleep 0.05; done');
    t.is(await ask('read', '/a'), '', 'the kernel has it');
    await ask('run', 'rm "$1/ready"');
    t.is(await holding, '');
    t.is(await ask('read', '/a'), 'gathered');
  });
});

for (const transport of TRANSPORTS) {
  userTest(
    `${transport}: library and mount see each other, new files are the user's`,
    async (t) => {
      await withUser(async ({ ask }) => {
        t.like(await ask('mount', { transport }), { transport });
        await ask('write', '/a', 'library');
        t.is(
          await ask('run', 'cat "$1/a"; echo mount > "$1/b"; stat -c " %u %g" "$1/b"'),
          'library 65534 65534\n',
        );
        t.is(await ask('read', '/b'), 'mount\n');
        await ask('unmount');
        t.like(await ask('facts'), { state: 'unmounted', errors: 0 });
        t.deepEqual(await ask('mounts'), []);
      });
    },
  );

  userTest(`${transport}: a busy mount says who holds it, and ends by force`, async (t) => {
    await withUser(async ({ ask }) => {
      await ask('mount', { transport });
      await ask('run', 'cd "$1"; echo x > f; exec 3< f; (sleep 100 > /dev/null 2>&1 &)');
      const error = await t.throwsAsync(ask('unmount'), { code: 'ERR_MOUNT_BUSY' });
      t.regex(error?.message ?? '', /held by process \d+ \(sleep\)/);
      await ask('unmount', { force: true });
      t.deepEqual(await ask('mounts'), []);
      await ask('mount', { transport });
      t.is(await ask('run', 'cat "$1/f"'), 'x\n');
      t.like(await ask('unmountDirectory', {}), { wasStale: false });
    });
  });

  userTest(`${transport}: what a server that was killed has left is cleared away`, async (t) => {
    await withUser(async ({ ask }) => {
      const { pid } = (await ask('mount', { transport })) as { pid: number };
      await ask('run', `echo kept > "$1/f"; kill -KILL ${pid}`);
      t.is(await ask('run', 'while findmnt "$1" > /dev/null; do sleep 0.1; done; ls "$1"'), '');
      await until('it is known', async () => {
        return ((await ask('facts')) as { state: string }).state === 'failed';
      });
      await ask('mount', { transport });
      t.is(await ask('run', 'cat "$1/f"'), 'kept\n');
    });
  });

  userTest(`${transport}: what may not be is refused with what to do`, async (t) => {
    await withUser(async ({ ask, folder }) => {
      const refused = { code: 'ERR_MOUNT_FAILED' };
      const others = await t.throwsAsync(ask('mount', { transport, allowOther: true }), refused);
      t.regex(others?.message ?? '', /user_allow_other.*\/etc\/fuse\.conf/);
      spawnSync('mkdir', [join(folder, 'root')]);
      const root = await t.throwsAsync(ask('mount', { transport }, join(folder, 'root')), refused);
      t.regex(root?.message ?? '', /write access.*has to belong to the user/);
      t.deepEqual(await ask('mounts'), []);
    });
  });
}

for (const transport of TRANSPORTS) {
  userTest(`${transport}: the program is killed, and its mount goes with it`, async (t) => {
    await withUser(async ({ ask, child }) => {
      const { pid } = (await ask('mount', { transport })) as { pid: number };
      t.true(existsSync(`/proc/${pid}`));
      child.process.kill('SIGKILL');
      await child.ended;
      await until('its server has ended', () => !isRunning(pid));
    });
  });
}
