/** Open files: their number is bounded, and the caller's buffers are free as soon as a call returns. */
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

test('handlesMax bounds the handles: EMFILE, and room again after closing', async (t) => {
  await withVolume(t, { handlesMax: 3 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const handles = await Promise.all(['/a', '/b', '/c'].map((path) => fs.open(path, 'w')));
    const error = await t.throwsAsync(fs.open('/d', 'w'), { code: 'EMFILE' });
    t.is(error?.message, "EMFILE: too many open files, open '/d'");
    t.deepEqual(await fs.readdir('/'), ['a', 'b', 'c']);
    await handles[1]?.close();
    handles.push(await fs.open('/d', 'w'));
    t.deepEqual(await fs.readdir('/'), ['a', 'b', 'c', 'd']);
    await Promise.all(handles.map((handle) => handle.close()));
  });
});

test('handles that are opened side by side are bounded, too', async (t) => {
  await withVolume(t, { handlesMax: 5 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const opening = Array.from({ length: 12 }, (_, index) => fs.open(`/file-${index}`, 'w'));
    const results = await Promise.allSettled(opening);
    const opened = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    t.is(opened.length, 5);
    t.is((await fs.readdir('/')).length, 5);
    await Promise.all(opened.map((handle) => handle.close()));
  });
});

test('opening that fails takes no room', async (t) => {
  await withVolume(t, { handlesMax: 1 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await t.throwsAsync(fs.open('/missing', 'r'), { code: 'ENOENT' });
      await t.throwsAsync(fs.open('/missing/file', 'w'), { code: 'ENOENT' });
    }
    const handle = await fs.open('/file', 'w');
    await handle.close();
    t.is((await fs.stat('/file')).size, 0);
  });
});

test('buffers may be reused as soon as a write was called', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const handle = await fs.open('/handle', 'w');
    const buffer = Buffer.from('first ');
    const writing: Promise<unknown>[] = [handle.write(buffer)];
    buffer.write('second');
    writing.push(handle.writev([buffer, buffer]));
    buffer.write('third ');
    writing.push(handle.writeFile(buffer), fs.writeFile('/file', buffer));
    writing.push(fs.appendFile('/log', buffer), volume.setXattr('/', 'user.a', buffer));
    buffer.fill('x');
    await Promise.all(writing);
    await handle.close();
    t.is(await fs.readFile('/handle', 'utf8'), 'first secondsecondthird ');
    t.is(await fs.readFile('/file', 'utf8'), 'third ');
    t.is(await fs.readFile('/log', 'utf8'), 'third ');
    t.is((await volume.getXattr('/', 'user.a')).toString(), 'third ');
  });
});

test('buffers may be reused at once also when the write has to wait for room in the queue', async (t) => {
  await withVolume(t, { queueCommandsMax: 1 }, async ({ volume }) => {
    const fs = volume.fs.promises;
    const buffer = Buffer.alloc(4);
    const writing = Array.from({ length: 20 }, (_, index) => {
      buffer.writeUInt32BE(index);
      return fs.writeFile(`/file-${index}`, buffer);
    });
    buffer.fill(0xff);
    await Promise.all(writing);
    for (let index = 0; index < 20; index += 1) {
      t.is(((await fs.readFile(`/file-${index}`)) as Buffer).readUInt32BE(), index);
    }
  });
});

test('writes that are not awaited follow each other', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = await volume.fs.promises.open('/file', 'w');
    const pieces = Array.from({ length: 100 }, (_, index) => `${index},`);
    await Promise.all(pieces.map((piece) => handle.write(piece)));
    await handle.close();
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), pieces.join(''));
  });
});

test('closing a handle waits for what is under way', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const handle = await volume.fs.promises.open('/file', 'w');
    const writing = handle.write('all of it');
    await handle.close();
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), 'all of it');
    t.is((await writing).bytesWritten, 9);
    t.is(handle.fd, -1);
  });
});

test('a file that lost its name lives on in its handles, and is gone after the last', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    const handle = await fs.open('/file', 'w+');
    await fs.unlink('/file');
    await handle.write('still here');
    t.is((await handle.stat()).nlink, 0);
    t.is((await handle.read({ buffer: Buffer.alloc(5), position: 6 })).buffer.toString(), 'here\0');
    await handle.close();
    t.deepEqual(await fs.readdir('/'), []);
  });
});
