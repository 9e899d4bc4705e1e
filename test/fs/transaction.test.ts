/** `volume.transaction`: many changes as one, or none. */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';

async function makeFiles({ fs }: Volume): Promise<void> {
  await fs.promises.mkdir('/dir');
  await fs.promises.writeFile('/file', 'content');
}

test('a transaction applies every kind of change in order', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await makeFiles(volume);
    await volume.transaction((tx) => {
      tx.mkdir('/a/b/c', { recursive: true });
      tx.writeFile('/a/new', 'text');
      tx.appendFile('/a/new', ' and more');
      tx.truncate('/a/new', 8);
      tx.copyFile('/a/new', '/a/copy');
      tx.link('/a/new', '/a/hard');
      tx.symlink('new', '/a/link');
      tx.rename('/file', '/a/moved');
      tx.chmod('/a/copy', 0o600);
      tx.chown('/a/copy', 7, 8);
      tx.lchown('/a/link', 9, 10);
      tx.utimes('/a/copy', 1, 2);
      tx.lutimes('/a/link', 3, 4);
      tx.mknod('/a/fifo', 0o010644);
      tx.setXattr('/a/copy', 'user.x', 'value');
      tx.setXattr('/a/copy', 'user.y', 'value');
      tx.removeXattr('/a/copy', 'user.y');
      tx.rmdir('/dir');
      tx.rm('/a/b', { recursive: true });
      tx.unlink('/a/new');
      tx.require('/a/moved', 2);
      tx.require('/a/new', 0);
    });
    t.deepEqual(await fs.readdir('/', { recursive: true }), [
      'a',
      'a/copy',
      'a/fifo',
      'a/hard',
      'a/link',
      'a/moved',
    ]);
    t.is(await fs.readFile('/a/hard', 'utf8'), 'text and');
    t.like(await fs.stat('/a/copy'), { uid: 7, gid: 8, size: 8, atimeMs: 1000, mtimeMs: 2000 });
    t.like(await fs.lstat('/a/link'), { uid: 9, gid: 10, atimeMs: 3000, mtimeMs: 4000 });
    t.deepEqual(await volume.listXattr('/a/copy'), ['user.x']);
    t.true((await fs.stat('/a/fifo')).isFIFO());
  });
});

test('a transaction whose last step fails changes nothing and tells the step', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await makeFiles(volume);
    const version = await volume.version('/');
    const error = await t.throwsAsync(
      volume.transaction((tx) => {
        tx.writeFile('/one', '1');
        tx.rm('/dir', { recursive: true });
        tx.writeFile('/file', 'changed');
        tx.unlink('/missing');
      }),
      { code: 'ENOENT', message: "ENOENT: no such file or directory, unlink '/missing'" },
    );
    t.like(error, { step: 3, syscall: 'unlink', path: '/missing' });
    t.deepEqual(await fs.readdir('/'), ['dir', 'file']);
    t.is(await fs.readFile('/file', 'utf8'), 'content');
    t.is(await volume.version('/'), version);
  });
});

test('a transaction of one step tells it, too', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const error = await t.throwsAsync(
      volume.transaction((tx) => tx.rmdir('/missing')),
      { code: 'ENOENT' },
    );
    t.like(error, { step: 0, syscall: 'rmdir' });
  });
});

test('a precondition that is not met undoes the transaction', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await makeFiles(volume);
    const actual = await volume.version('/file');
    const error = await t.throwsAsync(
      volume.transaction((tx) => {
        tx.writeFile('/one', '1');
        tx.require('/file', actual + 1);
      }),
      { code: 'ERR_VERSION_MISMATCH' },
    );
    t.like(error, { step: 1, expected: actual + 1, actual, path: '/file' });
    t.deepEqual(await fs.readdir('/'), ['dir', 'file']);
  });
});

test('later steps see what earlier ones did, versions included', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.transaction((tx) => {
      tx.writeFile('/new', 'x');
      tx.writeFile('/new', 'y', { ifVersion: 1 });
      tx.rename('/new', '/renamed', { ifVersion: 2 });
    });
    t.is(await volume.fs.promises.readFile('/renamed', 'utf8'), 'y');
  });
});

test('nobody sees half of a transaction', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const names = Array.from({ length: 200 }, (_, index) => `/file-${index}`);
    const seen = new Set<number>();
    let isDone = false;
    const running = volume
      .transaction((tx) => {
        for (const name of names) tx.writeFile(name, name);
      })
      .finally(() => {
        isDone = true;
      });
    while (!isDone) {
      seen.add((await fs.readdir('/')).length);
      await setImmediate();
    }
    await running;
    t.deepEqual(
      [...seen].filter((count) => count !== 0 && count !== names.length),
      [],
    );
    t.is((await fs.readdir('/')).length, names.length);
  });
});

test('wrong arguments throw where they are recorded, and end the transaction', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await t.throwsAsync(
      volume.transaction((tx) => {
        tx.writeFile('/one', '1');
        tx.truncate('/one', 'long');
      }),
      { code: 'ERR_INVALID_ARG_TYPE' },
    );
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
  });
});

test('an error thrown by the function is passed on and nothing is changed', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const reason = new Error('changed my mind');
    const running = volume.transaction((tx) => {
      tx.writeFile('/one', '1');
      throw reason;
    });
    t.is(await t.throwsAsync(running), reason);
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
  });
});

test('an asynchronous function is refused and changes nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const running = volume.transaction(async (tx) => {
      tx.writeFile('/one', '1');
      await setImmediate();
      tx.writeFile('/two', '2');
    });
    await t.throwsAsync(running, { code: 'ERR_TRANSACTION_INVALID' });
    await setImmediate();
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
  });
});

test('a transaction that ended takes no more changes', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    let kept: { writeFile(path: string, data: string): void } | undefined;
    await volume.transaction((tx) => {
      kept = tx;
      tx.writeFile('/one', '1');
    });
    t.throws(() => kept?.writeFile('/two', '2'), { code: 'ERR_TRANSACTION_INVALID' });
    t.deepEqual(await volume.fs.promises.readdir('/'), ['one']);
  });
});

test('an empty transaction does nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const version = await volume.version('/');
    await volume.transaction(() => undefined);
    t.is(await volume.version('/'), version);
  });
});

test('buffers given to a transaction may be reused at once', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const buffer = Buffer.from('first');
    await volume.transaction((tx) => {
      tx.writeFile('/one', buffer);
      buffer.write('other');
      tx.writeFile('/two', buffer);
      buffer.fill(0);
    });
    t.is(await volume.fs.promises.readFile('/one', 'utf8'), 'first');
    t.is(await volume.fs.promises.readFile('/two', 'utf8'), 'other');
  });
});

test('a transaction whose signal has fired is not applied', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const signal = AbortSignal.abort();
    await t.throwsAsync(
      volume.transaction((tx) => tx.writeFile('/one', '1'), { signal }),
      { name: 'AbortError' },
    );
    t.deepEqual(await volume.fs.promises.readdir('/'), []);
  });
});

test('transactions side by side are applied one after the other', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/log', '');
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        volume.transaction((tx) => {
          tx.appendFile('/log', `<${index}`);
          tx.appendFile('/log', '>');
        }),
      ),
    );
    const log = await fs.readFile('/log', 'utf8');
    t.regex(String(log), /^(<\d+>){50}$/);
  });
});
