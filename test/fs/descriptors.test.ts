/** Numbers for open files are the same in every style, and bounded. */
import { once } from 'node:events';
import { promisify } from 'node:util';
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

test('a number that one style gave is good in the others', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const handle = await fs.promises.open('/file', 'w+');
    fs.writeSync(handle.fd, 'sync ');
    await promisify(fs.write)(handle.fd, 'callback ');
    await handle.write('promise');
    t.is(fs.readFileSync('/file', 'utf8'), 'sync callback promise');
    const buffer = Buffer.alloc(8);
    t.is(fs.readSync(handle.fd, buffer, 0, 8, 5), 8);
    t.is(buffer.toString(), 'callback');
    await handle.close();
    t.throws(() => fs.fstatSync(1_048_576), {
      message: 'EBADF: bad file descriptor, fstat',
    });
  });
});

test('a handle whose number was closed under it is EBADF, and closes nobody else', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const handle = await fs.promises.open('/file', 'w+');
    fs.closeSync(handle.fd);
    await t.throwsAsync(handle.stat(), { code: 'EBADF' });
    await t.throwsAsync(handle.close(), { code: 'EBADF' });
    await handle.close();
    t.is(handle.fd, -1);
  });
});

test('handlesMax bounds all styles together: EMFILE, and nothing is created', async (t) => {
  await withVolume(t, { handlesMax: 3 }, async ({ volume }) => {
    const { fs } = volume;
    const sync = fs.openSync('/sync', 'w');
    const callback = await promisify(fs.open)('/callback', 'w');
    const handle = await fs.promises.open('/promise', 'w');
    const full = { code: 'EMFILE', message: "EMFILE: too many open files, open '/more'" };
    t.throws(() => fs.openSync('/more', 'w'), full);
    await t.throwsAsync(promisify(fs.open)('/more', 'w'), full);
    await t.throwsAsync(fs.promises.open('/more', 'w'), full);
    const [error] = await once(fs.createReadStream('/sync'), 'error');
    t.is(error.code, 'EMFILE');
    t.false(fs.existsSync('/more'));
    fs.closeSync(sync);
    await promisify(fs.close)(callback);
    await handle.close();
    fs.closeSync(fs.openSync('/more', 'w'));
  });
});

test('closing does not overtake writes that were asked for before, though they wait for room', async (t) => {
  await withVolume(t, { queueCommandsMax: 2 }, async ({ volume }) => {
    const { fs } = volume;
    const fd = fs.openSync('/gone', 'w+');
    const second = fs.openSync('/gone', 'r');
    fs.unlinkSync('/gone');
    const write = promisify(fs.write) as (fd: number, text: string) => Promise<unknown>;
    const writes = Array.from({ length: 40 }, (_, index) => write(fd, `${index} `));
    fs.close(fd);
    t.throws(() => fs.writeSync(fd, 'x'), { code: 'EBADF' });
    await Promise.all(writes);
    t.is(fs.readFileSync(second, 'utf8'), Array.from({ length: 40 }, (_, i) => `${i} `).join(''));
    fs.closeSync(second);
  });
});

test('an inode is freed when the last number is closed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const fds = Array.from({ length: 5 }, () => fs.openSync('/file', 'w+'));
    fs.unlinkSync('/file');
    for (const fd of fds) fs.closeSync(fd);
    t.throws(() => fs.closeSync(fds[0] as number), { code: 'EBADF' });
    t.deepEqual(fs.readdirSync('/'), []);
  });
});
