/** What a sound volume may hold: the check has nothing to say about any of it. */
import test from 'ava';
import { openVolume, verifyVolume } from '#src/index.js';
import { until } from '../../support/until.js';
import { CHUNK, makeBystanders, withBroken } from './broken.js';

test('a volume with every kind of thing is sound, open and closed', (t) =>
  withBroken(async ({ volume, fs, file }) => {
    await makeBystanders(fs);
    await volume.mknod('/pipe', 0o010644);
    await volume.mknod('/device', 0o020644, 0x0103);
    await volume.setXattr('/pipe', 'user.comment', 'hello');
    await volume.setXattr('/bystanders/big', 'user.long', Buffer.alloc(65_536));
    await fs.writeFile('/inline-with-hole', 'x');
    await fs.truncate('/inline-with-hole', 5000);
    await fs.writeFile('/exactly-two', Buffer.alloc(2 * CHUNK, 2));
    const tail = await fs.open('/tail-only', 'w');
    await tail.write('end', 5 * CHUNK + 7);
    await tail.close();
    await fs.utimes('/tail-only', new Date('1969-07-20T20:17:40.500Z'), new Date(0));

    // Open files without a name, small and big, one of them cut; and a directory.
    await fs.writeFile('/unlinked', Buffer.alloc(4 * CHUNK, 'u'));
    const handle = await fs.open('/unlinked', 'r+');
    await fs.unlink('/unlinked');
    await handle.truncate(CHUNK + 1);
    await fs.writeFile('/replaced', 'old');
    const old = await fs.open('/replaced', 'r');
    await fs.rename('/exactly-two', '/replaced');
    t.deepEqual((await volume.check({ content: true })).problems, []);
    await handle.close();
    await old.close();

    const { problems, ok, problemsTotal, content } = await volume.check({ content: true });
    t.deepEqual(
      { problems, ok, problemsTotal, content },
      {
        problems: [],
        ok: true,
        problemsTotal: 0,
        content: true,
      },
    );
    await volume.close();
    const closed = await verifyVolume(file);
    t.true(closed.ok);
    t.true(closed.content);
  }));

test('what waits for the reaper is sound at every moment', (t) =>
  withBroken(async ({ volume, fs }) => {
    await fs.writeFile('/big', Buffer.alloc(600 * CHUNK, 'b'));
    await fs.mkdir('/tree/sub', { recursive: true });
    await Promise.all(
      Array.from({ length: 1500 }, (_, index) => fs.writeFile(`/tree/sub/${index}`, 'x')),
    );
    await fs.copyFile('/big', '/copy');
    const removals = [
      fs.truncate('/big', 10),
      fs.unlink('/copy'),
      fs.rm('/tree', { recursive: true }),
    ];
    await Promise.all(removals);
    let checks = 0;
    await until('the reaper', async () => {
      const { problems } = await volume.check();
      t.deepEqual(problems, []);
      checks += 1;
      return (await volume.stats()).orphans === 0;
    });
    t.true(checks >= 1);
    t.deepEqual((await volume.check({ content: true })).problems, []);
  }));

test('a check beside busy writers finds nothing', (t) =>
  withBroken(async ({ volume, fs }) => {
    let isDone = false;
    const write = async (name: string): Promise<void> => {
      for (let round = 0; !isDone; round += 1) {
        await fs.mkdir(`/${name}`);
        await fs.writeFile(`/${name}/f`, Buffer.alloc(round % 2 === 0 ? 300 : 100_000, round));
        await fs.copyFile(`/${name}/f`, `/${name}/g`);
        await fs.rename(`/${name}/g`, `/${name}/h`);
        await fs.rm(`/${name}`, { recursive: true });
      }
    };
    const writers = ['a', 'b', 'c'].map(write);
    for (let round = 0; round < 10; round += 1) {
      t.deepEqual((await volume.check({ content: true })).problems, []);
    }
    isDone = true;
    await Promise.all(writers);
  }));

test('a repair of a sound volume changes nothing', (t) =>
  withBroken(async ({ volume, fs, value }) => {
    await makeBystanders(fs);
    const versions = (): unknown => value('SELECT group_concat(version) FROM inode');
    const before = versions();
    const { ok, problems } = await volume.check({ repair: true });
    t.true(ok);
    t.deepEqual(problems, []);
    t.is(versions(), before);
  }));

test('a volume that is open for reading only can be checked and not repaired', (t) =>
  withBroken(async ({ volume, file }) => {
    await volume.close();
    const reader = await openVolume(file, { readOnly: true });
    t.true((await reader.check({ content: true })).ok);
    await t.throwsAsync(reader.check({ repair: true }), { code: 'ERR_VOLUME_READ_ONLY' });
    await reader.close();
  }));
