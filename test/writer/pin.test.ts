/** A reader begins its view between two commits and knows which is the last one in it. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { resolveOptions } from '#src/core/options.js';
import { VolumeError } from '#src/index.js';
import { ReaderThreads } from '#src/readers/threads.js';
import { answeringPin, createPinCells, type PinClient } from '#src/writer/pin.js';
import { withFolder } from '../support/temporary-volume.js';
import type { PinInput, PinOutput } from './pin-thread.js';
import { job, WriterInProcess, writeFile } from './writer-in-process.js';

const ENTRY = fileURLToPath(new URL('./pin-thread.js', import.meta.url));

async function withThreads<T>(work: (threads: ReaderThreads) => Promise<T>): Promise<T> {
  const threads = new ReaderThreads(resolveOptions());
  try {
    return await work(threads);
  } finally {
    await threads.close(new VolumeError('ERR_VOLUME_CLOSED', 'The test has ended.'));
  }
}

function pinThrough(
  client: PinClient | undefined,
  path: string,
  threads: ReaderThreads,
): Promise<PinOutput> {
  const cells = createPinCells();
  return threads.run<PinInput, PinOutput, never>(
    ENTRY,
    { path, cells },
    { onProgress: answeringPin<never>(client, cells, undefined) },
  );
}

/** What stands between a reader thread and the writer of this thread. */
function clientOf({ writer }: WriterInProcess, before: () => void = () => undefined): PinClient {
  return {
    control: async ({ cells }) => {
      before();
      return writer.pin(cells);
    },
  };
}

test('a pinned view is the state after the commit whose number it tells', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    await withThreads(async (threads) => {
      const states = new Map<number, string>();
      let round = 0;
      const write = (): void => {
        round += 1;
        stage.run(job(writeFile('/n', `round ${round}`)));
        states.set(stage.gauges.get('commit'), `round ${round}`);
      };
      for (let pin = 0; pin < 10; pin += 1) {
        const pinned = pinThrough(clientOf(stage, write), stage.path, threads);
        const timer = setInterval(write, 1);
        const { commit, content } = await pinned.finally(() => clearInterval(timer));
        t.is(states.get(commit as number), content);
      }
    });
    await stage.writer.close();
  });
});

test('the frames that belong to a pinned view are those of the log at that moment', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    await withThreads(async (threads) => {
      stage.run(job(writeFile('/n', 'once')));
      const pinned = await pinThrough(clientOf(stage), stage.path, threads);
      t.is(pinned.walFrames, stage.gauges.get('walFrames'));
      t.true((pinned.walFrames as number) > 0);
    });
    await stage.writer.close();
  });
});

test('after a commit of another process the pinned view has a number of its own', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    const other = new WriterInProcess(folder);
    await withThreads(async (threads) => {
      stage.run(job(writeFile('/n', 'ours')));
      other.run(job(writeFile('/n', 'theirs')));
      const { commit, content } = await pinThrough(clientOf(stage), stage.path, threads);
      t.is(content, 'theirs');
      t.true((commit as number) > other.gauges.get('commit'));
      t.is(commit, stage.gauges.get('commit'));
    });
    await other.writer.close();
    await stage.writer.close();
  });
});

test('without a writer the number is that of the last commit before a clean close', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    await withThreads(async (threads) => {
      stage.run(job(writeFile('/n', 'last')));
      const open = await pinThrough(undefined, stage.path, threads);
      t.like(open, { commit: null, walFrames: null, content: 'last' }, 'a process has it open');
      await stage.writer.close();
      const closed = await pinThrough(undefined, stage.path, threads);
      t.like(closed, { commit: stage.gauges.get('commit') + 1, content: 'last' });
    });
  });
});

test('a writer that cannot answer leaves the view without a number', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    stage.run(job(writeFile('/n', 'there')));
    const failing: PinClient = { control: () => Promise.reject(new Error('gone')) };
    const pinned = await withThreads((threads) => pinThrough(failing, stage.path, threads));
    t.like(pinned, { commit: null, walFrames: null, content: 'there' });
    await stage.writer.close();
  });
});

test('a reader that comes too late is asked again', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    stage.run(job(writeFile('/n', 'there')));
    let asked = 0;
    const client: PinClient = {
      control: async ({ cells }) => {
        asked += 1;
        if (asked > 1) return stage.writer.pin(cells);
        // The writer was there and has gone on: GO, then ABANDONED, as after its longest standstill.
        const state = new Int32Array(cells, 0, 1);
        Atomics.store(state, 0, 3);
        Atomics.notify(state, 0);
        return false;
      },
    };
    const pinned = await withThreads((threads) => pinThrough(client, stage.path, threads));
    t.is(asked, 2);
    t.is(pinned.commit, stage.gauges.get('commit'));
    await stage.writer.close();
  });
});

test('the writer goes on when no reader comes', async (t) => {
  await withFolder(async (folder) => {
    const stage = new WriterInProcess(folder);
    t.false(stage.writer.pin(createPinCells()));
    t.deepEqual(stage.run(job(writeFile('/n', 'after'))).length, 1);
    await stage.writer.close();
  });
});
