/** The library and a mount of the same volume at once, with a kernel that may remember nothing. */
import {
  closeSync,
  fstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import { until } from '../../support/until.js';
import { mountRefusal, withMount } from '../support/mounted.js';

const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

mounting('each sees what the other has done, at once', (t) =>
  withMount(t, { cacheMs: 0 }, async ({ dir, volume }) => {
    const { promises } = volume.fs;
    writeFileSync(join(dir, 'a'), 'by the mount');
    t.is(await promises.readFile('/a', 'utf8'), 'by the mount');
    const fd = openSync(join(dir, 'a'), 'r+');
    await promises.writeFile('/a', 'by the library, and longer');
    t.is(readFileSync(join(dir, 'a'), 'utf8'), 'by the library, and longer');
    t.is(fstatSync(fd).size, 26);
    await promises.mkdir('/d');
    await promises.rename('/a', '/d/b');
    t.deepEqual(readdirSync(dir), ['d']);
    t.throws(() => statSync(join(dir, 'a')), { code: 'ENOENT' });
    const bytes = Buffer.alloc(14);
    t.is(readSync(fd, bytes, 0, 14, 0), 14);
    t.is(bytes.toString(), 'by the library');
    closeSync(fd);
  }),
);

mounting('what the library deletes is kept for who has it open here', (t) =>
  withMount(t, {}, async ({ dir, volume }) => {
    const path = join(dir, 'f');
    writeFileSync(path, 'kept');
    const fd = openSync(path, 'r+');
    await volume.fs.promises.unlink('/f');
    await volume.fs.promises.writeFile('/f', 'another');
    const bytes = Buffer.alloc(10);
    t.is(readSync(fd, bytes, 0, 10, 0), 4);
    writeSync(fd, ' on', 4);
    t.is(readSync(fd, bytes, 0, 10, 0), 7);
    t.is(bytes.toString('utf8', 0, 7), 'kept on');
    closeSync(fd);
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'another');
  }),
);

mounting(
  'a name that the kernel remembers and the library has given away leads to the new file',
  (t) =>
    withMount(t, { cacheMs: 60_000 }, async ({ dir, volume }) => {
      const { promises } = volume.fs;
      const path = join(dir, 'd', 'f');
      mkdirSync(join(dir, 'd'));
      writeFileSync(path, 'old');
      t.is(readFileSync(path, 'utf8'), 'old');
      // The kernel is told nothing here: it finds out by ESTALE, and looks again.
      await promises.rm('/d', { recursive: true });
      await promises.mkdir('/d');
      await promises.writeFile('/d/f', 'new');
      t.is(readFileSync(path, 'utf8'), 'new');
      writeFileSync(path, 'newer');
      t.is(await promises.readFile('/d/f', 'utf8'), 'newer');
    }),
);

mounting('a name that the kernel remembers to be free, and the library has taken, is opened', (t) =>
  withMount(t, { cacheMs: 60_000 }, async ({ dir, volume }) => {
    const path = join(dir, 'f');
    t.throws(() => statSync(path), { code: 'ENOENT' });
    await volume.fs.promises.writeFile('/f', 'there', { mode: 0o600 });
    const fd = openSync(path, 'a+');
    writeSync(fd, '!');
    closeSync(fd);
    t.is(await volume.fs.promises.readFile('/f', 'utf8'), 'there!');
    t.throws(() => openSync(path, 'wx'), { code: 'EEXIST' });
  }),
);

mounting('a directory of 100,000 entries is listed whole, while entries come and go', (t) =>
  withMount(t, {}, async ({ dir, volume }) => {
    const { promises } = volume.fs;
    await promises.mkdir('/big');
    const names = Array.from({ length: 100_000 }, (_, index) => `entry-${index}`);
    for (let at = 0; at < names.length; at += 5000) {
      await volume.transaction((tx) => {
        for (const name of names.slice(at, at + 5000)) tx.writeFile(`/big/${name}`, '');
      });
    }
    t.deepEqual(readdirSync(join(dir, 'big')).sort(), [...names].sort());
    // As `rm` does it: what has been listed goes, and nothing else is missed or listed twice.
    const seen: string[] = [];
    const listing = opendirSync(join(dir, 'big'));
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      seen.push(entry.name);
      if (seen.length % 50 === 0) unlinkSync(join(dir, 'big', entry.name));
    }
    listing.closeSync();
    t.deepEqual([...seen].sort(), [...names].sort());
    t.is(readdirSync(join(dir, 'big')).length, 98_000);
  }),
);

mounting('programs that read with time in between see their place', (t) =>
  withMount(t, {}, ({ dir }) => {
    for (let index = 0; index < 3000; index += 1) writeFileSync(join(dir, `f${index}`), '');
    renameSync(join(dir, 'f7'), join(dir, 'z'));
    const found = readdirSync(dir);
    t.is(found.length, 3000);
    t.true(found.includes('z'));
    t.false(found.includes('f7'));
  }),
);

mounting(
  'who looks at a file that was read sees its access time move, whichever thread answers',
  (t) =>
    withMount(t, { cacheMs: 0 }, ({ dir }) => {
      const past = new Date('2001-01-01');
      for (let index = 0; index < 100; index += 1) {
        const path = join(dir, `f${index}`);
        writeFileSync(path, 'text');
        utimesSync(path, past, new Date());
        t.is(readFileSync(path, 'utf8'), 'text');
        t.true(statSync(path).atimeMs > past.getTime(), path);
      }
    }),
);

mounting('noatime: reading moves nothing', (t) =>
  withMount(t, { cacheMs: 0, accessTimes: 'noatime' }, ({ dir }) => {
    const path = join(dir, 'f');
    const past = new Date('2001-01-01');
    writeFileSync(path, 'text');
    utimesSync(path, past, new Date());
    t.is(readFileSync(path, 'utf8'), 'text');
    t.is(statSync(path).atimeMs, past.getTime());
  }),
);

mounting('a directory that was listed and removed leaves nothing behind', (t) =>
  withMount(t, {}, async ({ dir, volume }) => {
    for (let index = 0; index < 200; index += 1) {
      const path = join(dir, `d${index}`);
      mkdirSync(path);
      t.deepEqual(readdirSync(path), []);
      rmdirSync(path);
    }
    const orphans = (): unknown =>
      volume.internals.pool.read((store) =>
        store.connection.statement<[], [number]>('SELECT count(*) FROM orphan').get(),
      );
    await until('all of them are gone', () => isDeepStrictEqual(orphans(), [0]));
  }),
);
