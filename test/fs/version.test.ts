/** `ifVersion`: changes that are made only when a file is at the version somebody saw. */
import test from 'ava';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';

type Change = (volume: Volume, ifVersion: number) => Promise<unknown>;

/** Each on '/file', which exists. */
const CHANGES: Readonly<Record<string, Change>> = {
  writeFile: ({ fs }, ifVersion) => fs.promises.writeFile('/file', 'new', { ifVersion }),
  'writeFile of pieces': ({ fs }, ifVersion) =>
    fs.promises.writeFile('/file', ['new'], { ifVersion }),
  appendFile: ({ fs }, ifVersion) => fs.promises.appendFile('/file', 'more', { ifVersion }),
  truncate: ({ fs }, ifVersion) => fs.promises.truncate('/file', 1, { ifVersion }),
  unlink: ({ fs }, ifVersion) => fs.promises.unlink('/file', { ifVersion }),
  rm: ({ fs }, ifVersion) => fs.promises.rm('/file', { ifVersion }),
  rename: ({ fs }, ifVersion) => fs.promises.rename('/file', '/other', { ifVersion }),
  chmod: ({ fs }, ifVersion) => fs.promises.chmod('/file', 0o600, { ifVersion }),
  chown: ({ fs }, ifVersion) => fs.promises.chown('/file', 1, 1, { ifVersion }),
  lchown: ({ fs }, ifVersion) => fs.promises.lchown('/file', 1, 1, { ifVersion }),
  utimes: ({ fs }, ifVersion) => fs.promises.utimes('/file', 1, 1, { ifVersion }),
  lutimes: ({ fs }, ifVersion) => fs.promises.lutimes('/file', 1, 1, { ifVersion }),
  setXattr: (volume, ifVersion) => volume.setXattr('/file', 'user.a', 'new', { ifVersion }),
  removeXattr: (volume, ifVersion) => volume.removeXattr('/file', 'user.a', { ifVersion }),
};

for (const [name, change] of Object.entries(CHANGES)) {
  test(`${name} with ifVersion changes a file at that version and no other`, async (t) => {
    await withVolume(t, {}, async ({ volume }) => {
      const fs = volume.fs.promises;
      await fs.writeFile('/file', 'old');
      await volume.setXattr('/file', 'user.a', 'value');
      const version = await volume.version('/file');
      const before = await fs.stat('/file', { bigint: true });
      for (const wrong of [0, version - 1, version + 1]) {
        const error = await t.throwsAsync(change(volume, wrong), { code: 'ERR_VERSION_MISMATCH' });
        t.like(error, { expected: wrong, actual: version, path: '/file' });
      }
      t.deepEqual(await fs.stat('/file', { bigint: true }), before);
      t.is(await volume.version('/file'), version);
      await t.notThrowsAsync(change(volume, version));
      t.not(await volume.version('/file'), version);
    });
  });
}

test('ifVersion 0 creates a file and never touches one that exists', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/file', 'first', { ifVersion: 0 });
    const error = await t.throwsAsync(fs.writeFile('/file', 'second', { ifVersion: 0 }), {
      code: 'ERR_VERSION_MISMATCH',
    });
    t.like(error, { expected: 0, actual: await volume.version('/file') });
    await fs.appendFile('/log', 'line', { ifVersion: 0 });
    t.is(await fs.readFile('/file', 'utf8'), 'first');
    t.is(await fs.readFile('/log', 'utf8'), 'line');
  });
});

test('ifVersion of a missing file is a mismatch with 0, also where its directory is missing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    for (const path of ['/missing', '/no/such/file']) {
      const error = await t.throwsAsync(fs.writeFile(path, 'x', { ifVersion: 7 }), {
        code: 'ERR_VERSION_MISMATCH',
      });
      t.like(error, { expected: 7, actual: 0 });
    }
    t.deepEqual(await fs.readdir('/'), []);
  });
});

test('of writers that saw the same version one succeeds', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/counter', '0');
    const ifVersion = await volume.version('/counter');
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => fs.writeFile('/counter', `${index}`, { ifVersion })),
    );
    t.is(results.filter(({ status }) => status === 'fulfilled').length, 1);
    t.is(await fs.readFile('/counter', 'utf8'), '0');
  });
});

test('a wrong ifVersion is refused before anything happens', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    for (const ifVersion of [-1, 1.5, Number.NaN]) {
      await t.throwsAsync(fs.writeFile('/file', 'x', { ifVersion }), { code: 'ERR_OUT_OF_RANGE' });
    }
    await t.throwsAsync(fs.writeFile('/file', 'x', { ifVersion: '1' as never }), {
      code: 'ERR_INVALID_ARG_TYPE',
    });
    t.deepEqual(await fs.readdir('/'), []);
  });
});

test('version follows links unless told not to, and is 0 for what is missing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/file', '1');
    await fs.symlink('file', '/link');
    await fs.symlink('nowhere', '/dangling');
    await fs.writeFile('/file', '2');
    t.is(await volume.version('/link'), await volume.version('/file'));
    t.is(await volume.version('/link', { follow: false }), 1);
    t.is(await volume.version('/missing'), 0);
    t.is(await volume.version('/dangling'), 0);
    t.is(await volume.version('/no/such'), 0);
    await t.throwsAsync(volume.version('/file/below'), { code: 'ENOTDIR' });
  });
});
