/** Change events: after the commit, in order, once. */
import test from 'ava';
import type { Change } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';

function describe(change: Change): string {
  switch (change.type) {
    case 'create':
    case 'remove':
      return `${change.type} ${change.name}`;
    case 'rename':
      return `rename ${change.name} ${change.newName}`;
    default:
      return change.type;
  }
}

test('changes arrive in the order of the calls, each once', async (t) => {
  await withVolume(t, { batchCommandsMax: 2 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const seen: string[] = [];
    const stop = await volume.subscribe((changes) => {
      seen.push(...changes.map(describe));
    });
    await Promise.all([
      fs.mkdir('/a'),
      fs.writeFile('/a/f', 'x'),
      fs.rename('/a/f', '/a/g'),
      fs.chmod('/a/g', 0o600),
      fs.unlink('/a/g'),
      fs.rmdir('/a'),
    ]);
    const names = seen.filter((text) => text.includes(' '));
    t.deepEqual(names, ['create a', 'create f', 'rename f g', 'remove g', 'remove a']);
    t.is(seen.filter((text) => text === 'attributes').length, 1);
    stop();
  });
});

test('what an event tells can be read when it arrives', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const checks: Promise<unknown>[] = [];
    const stop = await volume.subscribe((changes) => {
      for (const change of changes) {
        if (change.type === 'create') checks.push(fs.stat(`/${change.name}`));
      }
    });
    await Promise.all(['a', 'b', 'c'].map((name) => fs.writeFile(`/${name}`, name)));
    t.is(checks.length, 3);
    await t.notThrowsAsync(Promise.all(checks));
    stop();
  });
});

test('a call that fails, and a transaction that is undone, tell nothing', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const seen: string[] = [];
    const stop = await volume.subscribe((changes) => {
      seen.push(...changes.map(describe));
    });
    const undone = volume.transaction((tx) => {
      tx.mkdir('/a');
      tx.writeFile('/a/f', 'x');
      tx.unlink('/missing');
    });
    await t.throwsAsync(undone, { code: 'ENOENT' });
    await t.throwsAsync(volume.fs.promises.unlink('/missing'), { code: 'ENOENT' });
    await volume.fs.promises.mkdir('/real');
    t.deepEqual(seen, ['create real']);
    stop();
  });
});

test('nothing arrives after the subscription was stopped', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const seen: string[] = [];
    const stop = await volume.subscribe((changes) => {
      seen.push(...changes.map(describe));
    });
    await volume.fs.promises.mkdir('/a');
    stop();
    await volume.fs.promises.mkdir('/b');
    t.deepEqual(seen, ['create a']);
  });
});
