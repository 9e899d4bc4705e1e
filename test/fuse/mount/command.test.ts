/** `cabinet mount` and `cabinet umount` as processes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, readlink, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';
import { CABINET, cabinet, type Workplace, withWorkplace } from '../../cli/cabinet.js';
import { HAS_TERMINAL, Terminal } from '../../cli/terminal.js';
import { runProgram } from '../../support/run-program.js';
import { until } from '../../support/until.js';
import { mountsIn, mountTest as test } from './mounting.js';

interface Place extends Workplace {
  readonly dir: string;
}

/** Runs `work` with a volume and an empty directory; nothing is left mounted. */
async function withPlace(
  t: ExecutionContext,
  work: (place: Place) => Promise<void>,
): Promise<void> {
  await withWorkplace(t, async (workplace) => {
    const dir = join(workplace.folder, 'mnt');
    mkdirSync(dir);
    try {
      await work({ ...workplace, dir });
      t.deepEqual(mountsIn(workplace.folder), []);
    } finally {
      for (const left of mountsIn(workplace.folder)) await runProgram('umount', ['-l', left]);
    }
  });
}

interface Running {
  readonly child: ChildProcess;
  readonly line: string;
  readonly said: Promise<string>;
  readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;
}

async function start(...args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, [CABINET, 'mount', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = text(child.stderr);
  const ended = once(child, 'exit') as Running['ended'];
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  if (typeof line !== 'string') throw new Error(`it ended: ${await said}`);
  return { child, line, said, ended };
}

function sleepIn(dir: string): ChildProcess {
  return spawn('sleep', ['300'], { cwd: dir });
}

async function wake(sleeper: ChildProcess): Promise<void> {
  sleeper.kill('SIGKILL');
  await once(sleeper, 'exit');
}

test('--no-atime, in the background, too: reading moves no access time', async (t) => {
  await withPlace(t, async ({ volume, dir, ok }) => {
    const past = new Date('2001-01-01');
    for (const options of [[], ['--no-atime']]) {
      await ok('mount', volume, dir, '--daemon', ...options);
      const path = join(dir, `f${options.length}`);
      await writeFile(path, 'text');
      await utimes(path, past, new Date());
      t.is(await readFile(path, 'utf8'), 'text');
      const { atimeMs } = await stat(path);
      t.is(atimeMs === past.getTime(), options.length > 0);
      await ok('umount', dir);
    }
  });
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`in the foreground until ${signal}`, async (t) => {
    await withPlace(t, async ({ volume, dir, ok }) => {
      const { child, line, said, ended } = await start(volume, dir);
      t.is(line, `${volume} is mounted at ${dir} (Ctrl-C ends it)`);
      await writeFile(join(dir, 'a'), 'written');
      child.kill(signal);
      t.deepEqual(await ended, [0, null]);
      t.is(await said, 'cabinet: unmounted, the volume is closed\n');
      t.is(await ok('cat', volume, '/a'), 'written');
    });
  });
}

test('Ctrl-C while it is in use says who uses it; the second ends it by force', async (t) => {
  await withPlace(t, async ({ volume, dir, folder }) => {
    const { child, said, ended } = await start(volume, dir);
    let heard = '';
    child.stderr?.on('data', (chunk: string | Buffer) => {
      heard += String(chunk);
    });
    const sleeper = sleepIn(dir);
    await once(sleeper, 'spawn');
    child.kill('SIGINT');
    await until('it says who', () => heard.includes('Ctrl-C again ends it by force'));
    t.true(heard.includes(`${sleeper.pid} (sleep)`), heard);
    await writeFile(join(dir, 'a'), 'served on');
    t.deepEqual(mountsIn(folder), [dir]);
    child.kill('SIGINT');
    t.deepEqual(await ended, [0, null]);
    t.regex(await said, /unmounted, the volume is closed\n$/);
    await wake(sleeper);
  });
});

test('SIGTERM ends a mount that is in use', async (t) => {
  await withPlace(t, async ({ volume, dir }) => {
    const { child, said, ended } = await start(volume, dir);
    const sleeper = sleepIn(dir);
    await once(sleeper, 'spawn');
    child.kill('SIGTERM');
    t.deepEqual(await ended, [0, null]);
    await wake(sleeper);
    t.regex(await said, new RegExp(`${sleeper.pid} \\(sleep\\).*ended by force`));
  });
});

test('it ends when somebody else unmounts it', async (t) => {
  await withPlace(t, async ({ volume, dir, ok, fails, json }) => {
    const { line, ended } = await start(volume, dir, '--json', '--threads', '1');
    t.like(JSON.parse(line), { path: volume, dir, readOnly: false, transport: 'kernel' });
    t.is(await ok('umount', dir), `unmounted ${dir}\n`);
    t.deepEqual(await ended, [0, null]);
    t.regex(await fails(1, 'umount', dir), /no volume mounted/);
    const again = await start(volume, dir);
    t.deepEqual(await json('umount', dir), { dir, source: volume, wasStale: false });
    t.deepEqual(await again.ended, [0, null]);
  });
});

test('--daemon returns when it is mounted, and goes on in the background', async (t) => {
  await withPlace(t, async ({ folder, volume, dir, ok, json, fails }) => {
    const log = join(folder, 'log');
    const said = await ok('mount', volume, dir, '--daemon', '--log', log);
    t.is(said, `${volume} is mounted at ${dir}\n`);
    writeFileSync(join(dir, 'a'), 'x');
    t.regex(await fails(1, 'mount', volume, dir, '--daemon'), /mounted there already/);
    const sleeper = sleepIn(dir);
    await once(sleeper, 'spawn');
    t.regex(await fails(5, 'umount', dir), new RegExp(`${sleeper.pid} \\(sleep\\)`));
    await wake(sleeper);
    await ok('umount', dir);
    await until('it has said so', () => readFileSync(log, 'utf8').includes('the volume is closed'));
    const document = (await json('mount', volume, dir, '--daemon', '--read-only')) as {
      pid: number;
    };
    t.like(document, { path: volume, dir, readOnly: true });
    t.is(await readFile(join(dir, 'a'), 'utf8'), 'x');
    await t.throwsAsync(writeFile(join(dir, 'a'), 'y'), { code: 'EROFS' });
    t.is(await readlink(`/proc/${document.pid}/cwd`), '/', 'it keeps no directory busy');
    await ok('umount', dir, '--force');
    await until('it has ended', () => !isRunning(document.pid));
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('--daemon tells why it cannot, with the code of the command', async (t) => {
  await withPlace(t, async ({ folder, volume, dir, fails }) => {
    t.regex(await fails(4, 'mount', join(folder, 'none'), dir, '--daemon'), /no volume at/);
    t.regex(await fails(1, 'mount', volume, join(folder, 'x'), '--daemon'), /no such directory/);
    t.regex(await fails(2, 'mount', volume, dir, '--daemon', '--threads', '65'), /1 to 64/);
    t.regex(await fails(2, 'mount', volume, dir, '--threads', 'two'), /number/);
    t.regex(await fails(2, 'mount', volume, dir, '--log', 'x'), /--daemon/);
    const { status, stderr } = await cabinet([
      'mount',
      volume,
      join(folder, 'x'),
      '--daemon',
      '--json',
    ]);
    t.is(status, 1);
    t.like(JSON.parse(stderr), { error: { code: 'ERR_MOUNT_POINT' } });
  });
});

test('a mount whose server was killed is taken away, by umount and by the next mount', async (t) => {
  await withPlace(t, async ({ volume, dir, ok, fails }) => {
    for (const recover of ['umount', 'mount'] as const) {
      const { child, ended } = await start(volume, dir, '--fs-name', 'my files');
      child.kill('SIGKILL');
      await ended;
      await t.throwsAsync(statfs(dir), { code: 'ENOTCONN' });
      if (recover === 'umount') {
        t.is(await ok('umount', dir), `${dir} had lost its server, and is free again\n`);
        await fails(1, 'umount', dir);
      } else {
        await ok('mount', volume, dir, '--daemon');
        await ok('umount', dir);
      }
    }
  });
});

if (HAS_TERMINAL) {
  test('at a terminal a line says how it is doing', async (t) => {
    await withPlace(t, async ({ volume, dir }) => {
      const terminal = new Terminal([process.execPath, CABINET, 'mount', volume, dir], {});
      await terminal.sees('is mounted at');
      await terminal.sees('requests/s  queue 0  log ');
      await terminal.sees('healthy');
      const sleeper = sleepIn(dir);
      await once(sleeper, 'spawn');
      terminal.type('\u0003');
      await terminal.sees('(sleep)');
      await terminal.sees('Ctrl-C again ends it by force');
      t.is(await readFile(join(dir, 'none')).catch((error) => error.code), 'ENOENT');
      terminal.type('\u0003');
      await terminal.sees('unmounted, the volume is closed');
      await terminal.ended;
      await wake(sleeper);
    });
  });
}
