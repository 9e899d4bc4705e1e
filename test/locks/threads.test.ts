/** Locks between threads that share one writer, and what is left of a thread that ends in any way. */
import test, { type ExecutionContext } from 'ava';
import type { Volume } from '../support/subject.js';
import { withVolume } from '../support/temporary-volume.js';
import { startThread, type Thread } from '../support/thread.js';
import { increments } from './counter.js';

const ENTRY = new URL('./attached-thread.js', import.meta.url);

async function withThread(
  t: ExecutionContext,
  fn: (volume: Volume, thread: Thread) => Promise<void>,
): Promise<void> {
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file', '0');
    const thread = startThread(ENTRY);
    try {
      await thread.ask('attach', volume.connect());
      await fn(volume, thread);
    } finally {
      await thread.worker.terminate();
    }
  });
}

const ENDINGS: Readonly<Record<string, (thread: Thread) => Promise<unknown>>> = {
  'closes its volume': (thread) => thread.ask('close'),
  'is terminated': (thread) => thread.worker.terminate(),
  exits: (thread) => thread.ask('exit').catch(() => undefined),
};

for (const [how, end] of Object.entries(ENDINGS)) {
  test(`the locks of a thread that ${how} go to who waits`, async (t) => {
    await withThread(t, async (volume, thread) => {
      await thread.ask('lock', '/file');
      await t.throwsAsync(volume.lock('/file', { wait: false }), { code: 'EAGAIN' });
      const waiting = volume.lock('/file');
      await end(thread);
      await (await waiting).release();
    });
  });
}

test('a counter moved under a lock by two threads loses no update', async (t) => {
  await withThread(t, async (volume, thread) => {
    await Promise.all([
      increments(volume, '/file', 300, 3),
      thread.ask('increments', '/file', 300),
    ]);
    t.is(await volume.fs.promises.readFile('/file', 'utf8'), '600');
  });
});
