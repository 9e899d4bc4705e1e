/** The event loop turns while the writer is saturated and while a program only reads. */
import test from 'ava';
import { withVolume } from '../support/temporary-volume.js';

test('the event loop turns while thousands of writes are queued', async (t) => {
  await withVolume(t, { batchCommandsMax: 32 }, async ({ volume }) => {
    const { writeFile } = volume.fs.promises;
    const data = Buffer.alloc(10_000);
    let turns = 0;
    let writing = true;
    const count = (): void => {
      turns += 1;
      if (writing) setImmediate(count);
    };
    setImmediate(count);
    let settled = 0;
    const turnsAtEach: number[] = [];
    const writes = Array.from({ length: 3000 }, async (_, index) => {
      await writeFile(`/${index}`, data);
      settled += 1;
      turnsAtEach.push(turns);
    });
    await Promise.all(writes);
    writing = false;
    t.is(settled, 3000);
    // Of 3000 writes at most 1024 are with the writer at a time.
    t.true(new Set(turnsAtEach).size >= 3);
  });
});

test('a read is answered before the writes that were queued ahead of it', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const fs = volume.fs.promises;
    await fs.writeFile('/file', 'content');
    let settled = 0;
    const data = Buffer.alloc(10_000);
    const writes = Array.from({ length: 3000 }, async (_, index) => {
      await fs.writeFile(`/${index}`, data);
      settled += 1;
    });
    t.is(await fs.readFile('/file', 'utf8'), 'content');
    t.is(settled, 0, 'before the first write');
    await new Promise((resolve) => setImmediate(resolve));
    t.is(await fs.readFile('/file', 'utf8'), 'content');
    t.true(settled < 3000, 'before the last write');
    await Promise.all(writes);
  });
});

test('timers fire during a loop of awaited stats', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    let fired = 0;
    const timer = setInterval(() => {
      fired += 1;
    }, 1);
    let stats = 0;
    while (fired < 5 && stats < 5_000_000) {
      await volume.fs.promises.stat('/');
      stats += 1;
    }
    clearInterval(timer);
    t.true(fired >= 5, `fired ${fired} times`);
  });
});

test('timers fire during a loop of awaited writes', async (t) => {
  await withVolume(t, { durability: 'off' }, async ({ volume }) => {
    let fired = 0;
    const timer = setInterval(() => {
      fired += 1;
    }, 1);
    let writes = 0;
    while (fired < 5 && writes < 1_000_000) {
      await volume.fs.promises.chmod('/', 0o755);
      writes += 1;
    }
    clearInterval(timer);
    t.true(fired >= 5, `fired ${fired} times`);
  });
});

test('timers fire during a loop of awaited reads of a handle', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file', Buffer.alloc(200_000));
    const handle = await volume.fs.promises.open('/file', 'r');
    let fired = 0;
    const timer = setInterval(() => {
      fired += 1;
    }, 1);
    const buffer = Buffer.alloc(65_536);
    let reads = 0;
    while (fired < 5 && reads < 5_000_000) {
      await handle.read(buffer, 0, buffer.length, 0);
      reads += 1;
    }
    clearInterval(timer);
    await handle.close();
    t.true(fired >= 5, `fired ${fired} times`);
  });
});

/** Far more than fit one slice of the event loop, on the quickest machine too. */
const READS_PER_TURN_MAX = 3000;
const READS = 60_000;

test('a loop of awaited reads gives the event loop its turns, however long it lasts', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const { promises } = volume.fs;
    await promises.writeFile('/file', 'content');
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    for (let read = 0; read < READS; read += 1) await promises.readFile('/file');
    done = true;
    t.true(turns >= READS / READS_PER_TURN_MAX, `${turns} turns in ${READS} reads`);
  });
});
