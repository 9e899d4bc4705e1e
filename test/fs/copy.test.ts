/** cp beyond what Node does: one change, in which content is shared and not copied. */
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

const MIB = 1024 * 1024;

test('cp that fails at its last entry leaves nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/from/sub', { recursive: true });
    await fs.writeFile('/from/a', 'a');
    await fs.writeFile('/from/z', 'z');
    await fs.mkdir('/to/sub', { recursive: true });
    await fs.writeFile('/to/z', 'old');
    const version = await volume.version('/to');
    const options = { recursive: true, force: false, errorOnExist: true };
    await t.throwsAsync(fs.cp('/from', '/to', options), { code: 'ERR_FS_CP_EEXIST' });
    t.deepEqual(await fs.readdir('/to', { recursive: true }), ['sub', 'z']);
    t.is(await volume.version('/to'), version);
  });
});

test('cp whose changes cannot be applied leaves nothing and names the step as Node would', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/from');
    await fs.writeFile('/from/a', 'a');
    await fs.writeFile('/from/b', 'b');
    // Between the look at the tree and the changes, somebody takes one of its files away.
    const filter = async (path: string): Promise<boolean> => {
      if (path === '/from/b') await fs.unlink('/from/a');
      return true;
    };
    const error = await t.throwsAsync(fs.cp('/from', '/to', { recursive: true, filter }), {
      code: 'ENOENT',
    });
    t.is(error?.message, "ENOENT: no such file or directory, copyfile '/from/a' -> '/to/a'");
    t.false('step' in (error as object));
    t.deepEqual(await fs.readdir('/'), ['from']);
  });
});

test('nobody sees half of a cp', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/from');
    const names = Array.from({ length: 300 }, (_, index) => `file-${index}`);
    await Promise.all(names.map((name) => fs.writeFile(`/from/${name}`, name)));
    const seen = new Set<number>();
    let isDone = false;
    const copying = fs.cp('/from', '/to', { recursive: true }).finally(() => {
      isDone = true;
    });
    while (!isDone) seen.add((await fs.readdir('/to').catch(() => [])).length);
    await copying;
    seen.add((await fs.readdir('/to')).length);
    t.deepEqual([...seen].sort(), [0, 300]);
  });
});

test('cp shares the content of files: the volume does not grow with it', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/from');
    const content = Buffer.alloc(4 * MIB, 'content ');
    await fs.writeFile('/from/big', content);
    const before = await usedBytes();
    for (let copy = 1; copy <= 5; copy += 1)
      await fs.cp('/from', `/to-${copy}`, { recursive: true });
    t.true((await usedBytes()) - before < MIB);
    await fs.writeFile('/from/big', 'changed');
    t.true(content.equals((await fs.readFile('/to-3/big')) as Buffer));

    async function usedBytes(): Promise<number> {
      const { blocks, bfree, bsize } = await fs.statfs('/');
      return (Number(blocks) - Number(bfree)) * Number(bsize);
    }
  });
});

test('cp of more entries than are listed at once copies them all', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('/from');
    const names = Array.from({ length: 600 }, (_, index) => String(index).padStart(4, '0'));
    await Promise.all(names.map((name) => fs.writeFile(`/from/${name}`, name)));
    await fs.cp('/from', '/to', { recursive: true });
    t.deepEqual(await fs.readdir('/to'), names);
    t.is(await fs.readFile('/to/0599', 'utf8'), '0599');
  });
});

test('cp of a special file is refused by its kind', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await volume.mknod('/fifo', 0o010644);
    await volume.mknod('/socket', 0o140644);
    await t.throwsAsync(fs.cp('/fifo', '/to'), { code: 'ERR_FS_CP_FIFO_PIPE' });
    await t.throwsAsync(fs.cp('/socket', '/to'), { code: 'ERR_FS_CP_SOCKET' });
  });
});

test('relative paths of cp start at the root', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.mkdir('dir');
    await fs.writeFile('dir/file', 'x');
    await fs.symlink('file', 'dir/link');
    await fs.cp('dir', 'copy', { recursive: true });
    t.is(await fs.readlink('/copy/link'), '/dir/file');
    await t.throwsAsync(fs.cp('/dir', 'dir/below', { recursive: true }), {
      code: 'ERR_FS_CP_EINVAL',
    });
  });
});

test('cp on a volume open for reading only is EROFS', async (t) => {
  await withVolume(t, {}, async ({ volume, file }) => {
    const { openVolume } = await import('#src/index.js');
    await volume.fs.promises.writeFile('/file', 'x');
    await using reader = await openVolume(file, { readOnly: true });
    const error = await t.throwsAsync(reader.fs.promises.cp('/file', '/copy'), { code: 'EROFS' });
    t.is((error as { syscall?: string } | undefined)?.syscall, 'cp');
  });
});
