/** Many readers and writers in one process. */
import test from 'ava';
import { openVolume } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';
import { increments } from './counter.js';

test('readers never see half of a transaction', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const names = ['/left', '/right', '/third'];
    await Promise.all(names.map((name) => fs.writeFile(name, '0')));
    let writing = true;
    const writer = async (number: number): Promise<void> => {
      for (let round = 0; round < 100; round += 1) {
        const content = `${number} ${round} `.repeat(number * 2000);
        await volume.transaction((tx) => {
          for (const name of names) tx.writeFile(name, content);
        });
      }
    };
    const reader = async (): Promise<number> => {
      let looks = 0;
      while (writing) {
        const lease = await volume.runner.lease();
        const contents = lease.read((store) =>
          names.map((name) => {
            const inode = store.dentries.lookup(1 as never, name.slice(1));
            return inode && store.content.read(inode, 0, inode.size).toString('latin1');
          }),
        );
        await lease.release();
        t.is(new Set(contents).size, 1);
        looks += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
      return looks;
    };
    const readers = [reader(), reader(), reader()];
    await Promise.all([writer(1), writer(2), writer(3)]);
    writing = false;
    t.true((await Promise.all(readers)).every((looks) => looks > 0));
  });
});

test('a file that is rewritten is read as one of its contents', async (t) => {
  await withVolume(t, { chunkSizeBytes: 4096 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const content = (number: number): Buffer => Buffer.alloc(1000 * (number + 1), number);
    await fs.writeFile('/file', content(0));
    let writing = true;
    const readers = Array.from({ length: 8 }, async () => {
      while (writing) {
        const found = (await fs.readFile('/file')) as Buffer;
        const number = found[0] as number;
        t.true(found.equals(content(number)));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const rounds = Array.from({ length: 120 }, (_, round) => round % 40);
    await Promise.all(
      [0, 1, 2, 3].map(async () => {
        for (const number of rounds) await fs.writeFile('/file', content(number));
      }),
    );
    writing = false;
    await t.notThrowsAsync(Promise.all(readers));
  });
});

test('counters moved by compare-and-swap lose no update', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    await volume.fs.promises.writeFile('/counter', '0');
    const second = await openVolume(file);
    await Promise.all([
      ...Array.from({ length: 4 }, () => increments(volume, '/counter', 50)),
      ...Array.from({ length: 4 }, () => increments(second, '/counter', 50)),
    ]);
    t.is(await volume.fs.promises.readFile('/counter', 'utf8'), '400');
    await second.close();
  });
});

test('of many exclusive creations of one name one succeeds', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    const second = await openVolume(file);
    const creations = Array.from({ length: 40 }, (_, index) =>
      (index % 2 === 0 ? volume : second).fs.promises.writeFile('/lock', `${index}`, {
        flag: 'wx',
      }),
    );
    const settled = await Promise.allSettled(creations);
    const winners = settled.filter(({ status }) => status === 'fulfilled');
    t.is(winners.length, 1);
    const winner = settled.findIndex(({ status }) => status === 'fulfilled');
    t.is(await volume.fs.promises.readFile('/lock', 'utf8'), `${winner}`);
    await second.close();
  });
});

test('renames that cross never lose the file', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/a');
    await fs.mkdir('/b');
    await fs.writeFile('/a/file', 'content');
    const moves = Array.from({ length: 200 }, (_, index) => {
      const [from, to] = index % 2 === 0 ? ['/a/file', '/b/file'] : ['/b/file', '/a/file'];
      return fs.rename(from as string, to as string);
    });
    const looks = Array.from({ length: 200 }, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const lease = await volume.runner.lease();
      const places = lease.read((store) =>
        ['a', 'b'].filter((name) => {
          const dir = store.dentries.lookup(1 as never, name);
          return dir !== undefined && store.dentries.lookup(dir.ino, 'file') !== undefined;
        }),
      );
      await lease.release();
      t.is(places.length, 1);
    });
    await Promise.all([...moves, ...looks]);
  });
});
