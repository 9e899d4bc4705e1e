/** `cabinet backup`, `restore` and `verify`. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { cabinet, withWorkplace } from '../cli/cabinet.js';
import { startChild } from '../support/child.js';
import { beside, flip } from './place.js';

test('a volume goes to a backup and comes back', async (t) => {
  await withWorkplace(t, async ({ ok, json, fails, folder, volume }) => {
    writeFileSync(join(folder, 'note'), 'first');
    await ok('put', volume, join(folder, 'note'), '/note');
    const backup = join(folder, 'backup');
    t.regex(
      await ok('backup', volume, backup),
      /^Wrote .*backup: .* pages, commit \d+, verified \(/,
    );
    t.regex(await ok('verify', backup), /is sound and is what its manifest says, commit \d+/);
    t.is(await ok('backup', volume, backup, '--overwrite', '--quiet'), '');
    t.like(await json('backup', volume, join(folder, 'two'), '--no-verify'), { verified: false });
    t.like(await json('backup', volume, join(folder, 'three'), '--content', '--throttle', '50M'), {
      verified: 'content',
      recorded: true,
    });
    await ok('rm', volume, '/note');
    t.regex(await fails(1, 'restore', backup, volume), /exists already/);
    const restored = await ok('restore', backup, volume, '--overwrite', '--keep-replaced');
    t.regex(restored, /^Restored .*commit \d+ of 20.*\nThe replaced volume is kept: .*\n$/);
    t.is(await ok('cat', volume, '/note'), 'first');
    t.like(await json('verify', volume), { ok: true, manifest: null });
    flip(backup, 20_000);
    const { status, stdout } = await cabinet(['verify', backup]);
    t.is(status, 3);
    t.regex(stdout, /I1 {2}file: the file's SHA-256/);
    t.regex(await fails(3, 'restore', backup, volume, '--overwrite'), /is damaged/);
    t.regex(await fails(2, 'backup', volume, join(folder, 'x'), '--throttle', 'fast'), /A size is/);
    t.regex(await fails(2, 'backup', volume, join(folder, 'x'), '--throttle', '0'), /at least one/);
    t.regex(await fails(2, 'restore', backup, volume, '--at', 'soon'), /Give a time/);
    t.regex(await fails(4, 'restore', join(folder, 'none'), volume), /no backup at/);
    t.regex(await fails(1, 'backup', volume, folder), /is a directory/);
  });
});

test('a volume that is open is not restored over', async (t) => {
  await withWorkplace(t, async ({ ok, fails, folder, volume }) => {
    const backup = join(folder, 'backup');
    await ok('backup', volume, backup);
    const child = startChild(new URL('./volume-child.js', import.meta.url), [volume]);
    await child.ask('open');
    t.regex(await fails(5, 'restore', backup, volume, '--overwrite'), /is in use by process \d+/);
    await ok('backup', volume, `${backup}2`);
    await child.end();
    await ok('restore', backup, volume, '--overwrite', '--quiet');
    t.deepEqual(beside(volume), ['v.cabinet']);
  });
});

test('a volume that cannot be written is backed up all the same', async (t) => {
  await withWorkplace(t, async ({ ok, folder, volume }) => {
    const shelf = join(folder, 'shelf');
    mkdirSync(shelf);
    await ok('backup', volume, join(shelf, 'v'));
    chmodSync(join(shelf, 'v'), 0o444);
    if (process.getuid?.() === 0) {
      t.log('root may write everything: the note is not looked at');
      await ok('backup', join(shelf, 'v'), join(folder, 'copy'));
    } else {
      const { status, stderr } = await cabinet(['backup', join(shelf, 'v'), join(folder, 'copy')]);
      t.is(status, 0);
      t.regex(stderr, /cannot be written/);
    }
    await ok('verify', join(folder, 'copy'));
  });
});
