/** The bound on open handles. */
import test from 'ava';
import { FsError } from '#src/index.js';
import { withVolume } from '../support/temporary-volume.js';

test('more handles than handlesMax are refused with EMFILE, and nothing is created', async (t) => {
  await withVolume(t, { handlesMax: 3 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const handles = [await fs.open('/a', 'w'), await fs.open('/b', 'w'), await fs.open('/a', 'r')];
    const error = await t.throwsAsync(fs.open('/c', 'w'), { instanceOf: FsError });
    t.like(error, { code: 'EMFILE', syscall: 'open', path: '/c' });
    t.deepEqual(await fs.readdir('/'), ['a', 'b'] as never);
    await handles[0]?.close();
    const another = await fs.open('/c', 'w');
    for (const handle of [another, ...handles]) await handle.close();
  });
});

test('a handle that failed to open takes no place', async (t) => {
  await withVolume(t, { handlesMax: 1 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    for (let round = 0; round < 5; round += 1) {
      await t.throwsAsync(fs.open('/missing', 'r'), { code: 'ENOENT' });
    }
    const handle = await fs.open('/a', 'w');
    await handle.close();
  });
});

test('handles that are opened at the same time keep to the bound together', async (t) => {
  await withVolume(t, { handlesMax: 3 }, async ({ volume }) => {
    const opening = Array.from({ length: 8 }, (_, index) =>
      volume.fs.promises.open(`/${index}`, 'w'),
    );
    const settled = await Promise.allSettled(opening);
    const handles = settled.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    t.is(handles.length, 3);
    for (const handle of handles) await handle.close();
  });
});
