/** The synchronous functions: order with promises, no need of the event loop, views, long files. */
import { randomBytes } from 'node:crypto';
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

test('a sync write comes behind the promise writes that were asked for before it', async (t) => {
  // So few that most of them wait for room.
  await withVolume(t, { queueCommandsMax: 4 }, async ({ volume }) => {
    const { fs } = volume;
    const writes = Array.from({ length: 50 }, (_, index) =>
      fs.promises.appendFile('/log', `${index} `),
    );
    fs.appendFileSync('/log', 'sync ');
    const after = fs.promises.appendFile('/log', 'after');
    const expected = `${Array.from({ length: 50 }, (_, index) => index).join(' ')} sync `;
    t.is(fs.readFileSync('/log', 'utf8').slice(0, expected.length), expected);
    await Promise.all([...writes, after]);
    t.is(fs.readFileSync('/log', 'utf8'), `${expected}after`);
  });
});

test('everything works while nothing turns the event loop', async (t) => {
  await withVolume(t, {}, ({ volume }) => {
    const { fs } = volume;
    fs.mkdirSync('/a/b', { recursive: true });
    const fd = fs.openSync('/a/b/file', 'w+');
    for (let index = 0; index < 300; index += 1) fs.writeSync(fd, `${index},`);
    fs.fsyncSync(fd);
    fs.fdatasyncSync(fd);
    const other = fs.openSync('/a/b/file', 'r');
    fs.unlinkSync('/a/b/file');
    const written = Array.from({ length: 300 }, (_, index) => `${index},`).join('');
    t.is(fs.readFileSync(other, 'utf8'), written);
    t.is(fs.readFileSync(fd, 'utf8'), '');
    fs.closeSync(fd);
    t.is(fs.fstatSync(other).nlink, 0);
    fs.closeSync(other);
    fs.writeFileSync('/flushed', 'data', { flush: true });
    fs.cpSync('/a', '/copy', { recursive: true });
    const temporary = fs.mkdtempSync('/tmp-');
    t.true(fs.statSync(temporary).isDirectory());
    fs.rmSync('/a', { recursive: true });
    t.deepEqual(fs.readdirSync('/copy', { recursive: true }), ['b']);
    t.is(fs.statfsSync('/').type, 0x63616266);
  });
});

test('a filter of cpSync sees what it has written', async (t) => {
  await withVolume(t, {}, ({ volume }) => {
    const { fs } = volume;
    fs.mkdirSync('/from');
    for (const name of ['a', 'b', 'c']) fs.writeFileSync(`/from/${name}`, name);
    fs.cpSync('/from', '/to', {
      recursive: true,
      filter: (src) => {
        fs.appendFileSync('/log', `${src}\n`);
        return fs.readFileSync('/log', 'utf8').endsWith(`${src}\n`);
      },
    });
    t.deepEqual(fs.readdirSync('/to'), ['a', 'b', 'c']);
    t.is(fs.readFileSync('/log', 'utf8'), '/from\n/from/a\n/from/b\n/from/c\n');
  });
});

test('files of every length come back as bytes and as text', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    for (const length of [0, 1, 512, 513, 10_240, 65_536, 65_537, 1_048_577, 3_000_000]) {
      // Bytes that are no text, with NUL and a byte order mark.
      const bytes = Buffer.concat([Buffer.from('\uFEFF\0'), randomBytes(length)]).subarray(
        0,
        length,
      );
      fs.writeFileSync('/file', bytes);
      t.true(fs.readFileSync('/file').equals(bytes), `${length} bytes`);
      t.true((await fs.promises.readFile('/file')).equals(bytes));
      for (const encoding of ['utf8', 'utf-8', 'latin1', 'hex', 'base64', 'utf16le'] as const) {
        t.is(fs.readFileSync('/file', encoding), bytes.toString(encoding), `${length} ${encoding}`);
      }
    }
  });
});

test('a file with a hole at its end or start is read whole', async (t) => {
  await withVolume(t, {}, ({ volume }) => {
    const { fs } = volume;
    fs.writeFileSync('/end', 'x');
    fs.truncateSync('/end', 100_000);
    const fd = fs.openSync('/start', 'w');
    fs.writeSync(fd, 'x', 100_000);
    fs.closeSync(fd);
    const zeros = Buffer.alloc(99_999);
    t.true(fs.readFileSync('/end').equals(Buffer.concat([Buffer.from('x'), zeros])));
    t.is(fs.readFileSync('/start', 'utf8'), `${'\0'.repeat(100_000)}x`);
  });
});

test('paths of every kind give what a walk gives', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const deep = `/${Array.from({ length: 14 }, (_, index) => `d${index}`).join('/')}`;
    fs.mkdirSync(deep, { recursive: true });
    const paths = ['', '/d0', '/d0/d1', '/d0/d1/d2', deep.slice(0, '/d0'.length * 10), deep].map(
      (directory) => {
        fs.writeFileSync(`${directory}/file`, directory);
        return `${directory}/file`;
      },
    );
    fs.symlinkSync('d0', '/link');
    fs.symlinkSync('file', '/to-file');
    for (const [index, path] of paths.entries()) {
      t.is(fs.readFileSync(path, 'utf8'), path.slice(0, -'/file'.length));
      t.is(fs.statSync(path).ino, fs.statSync(`/.${path}`).ino);
      t.true(fs.existsSync(path.slice(1)));
      if (index > 0)
        t.is(fs.readFileSync(`/link${path.slice('/d0'.length)}`, 'utf8'), path.slice(0, -5));
      t.false(fs.existsSync(`${path}x`));
      t.false(fs.existsSync(`${path}/x`));
      t.is(fs.statSync(`${path}x`, { throwIfNoEntry: false }), undefined);
      t.throws(() => fs.statSync(`${path}/x`, { throwIfNoEntry: false }), { code: 'ENOTDIR' });
      t.throws(() => fs.accessSync(path, fs.constants.X_OK), { code: 'EACCES' });
    }
    t.true(fs.lstatSync('/to-file').isSymbolicLink());
    t.true(fs.statSync('/to-file').isFile());
    t.throws(() => fs.readFileSync('/d0'), { code: 'EISDIR' });
    t.throws(() => fs.readFileSync('/nothing'), { code: 'ENOENT' });
  });
});

test('entries of more than one piece come with their types, in order', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    const names = Array.from({ length: 5000 }, (_, index) => `é${String(index).padStart(5, '0')}`);
    await volume.transaction((tx) => {
      for (const [index, name] of names.entries()) {
        if (index % 3 === 0) tx.mkdir(`/${name}`);
        else if (index % 3 === 1) tx.symlink('x', `/${name}`);
        else tx.writeFile(`/${name}`, '');
      }
    });
    const entries = fs.readdirSync('/', { withFileTypes: true });
    t.deepEqual(
      entries.map(({ name }) => name),
      names,
    );
    t.deepEqual(fs.readdirSync('/'), names);
    for (const [index, entry] of entries.entries()) {
      const kinds = [entry.isDirectory(), entry.isSymbolicLink(), entry.isFile()];
      t.is(kinds.indexOf(true), index % 3);
    }
  });
});

test('on a closed volume every style says so', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { fs } = volume;
    fs.writeFileSync('/file', 'x');
    const fd = fs.openSync('/file', 'r');
    await volume.close();
    const closed = { code: 'ERR_VOLUME_CLOSED' };
    t.throws(() => fs.readFileSync('/file'), closed);
    t.throws(() => fs.existsSync('/file'), closed);
    t.throws(() => fs.writeFileSync('/file', 'y'), closed);
    t.throws(() => fs.fstatSync(fd), closed);
    t.throws(() => fs.fsyncSync(fd), closed);
    await t.throwsAsync(fs.promises.stat('/file'), closed);
    const error = await new Promise<unknown>((resolve) => fs.stat('/file', resolve));
    t.is((error as { code: string }).code, closed.code);
  });
});
