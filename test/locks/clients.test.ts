/** Clients of one writer (threads, mounts): locks belong to who asked, and byte ranges by command. */
import test from 'ava';
import { resolveOptions } from '#src/core/options.js';
import { WriterGauges } from '#src/writer/gauges.js';
import { Writer } from '#src/writer/writer.js';
import { withFolder } from '../support/temporary-volume.js';
import { command, WriterInProcess, writeFile } from '../writer/writer-in-process.js';

const END = Number.MAX_SAFE_INTEGER;

interface Answer {
  readonly ino: number;
  readonly seq?: number;
  readonly session: number;
}

class Stage {
  readonly own: WriterInProcess;

  constructor(folder: string) {
    this.own = new WriterInProcess(folder);
    this.own.run(this.#job(1, writeFile('/file', 'x')));
  }

  #job(client: number, step: ReturnType<typeof command>) {
    return { client, steps: [step], isTransaction: false, wantsResult: true };
  }

  lock(client: number, owner: string, request: object = {}): Answer {
    const whole = { kind: 'flock', first: 0, last: END, exclusive: true, wait: true, pid: client };
    const args = ['/file', { ...whole, owner, ...request }];
    return this.own.run(this.#job(client, command('lock', args)))[0] as Answer;
  }

  run(client: number, name: Parameters<typeof command>[0], ...args: unknown[]): unknown {
    return this.own.run(this.#job(client, command(name, args)))[0];
  }

  wait(client: number, { session, seq }: Answer): Promise<boolean> {
    return this.own.writer.locks.wait(client, session, seq as number);
  }
}

async function onStage(fn: (stage: Stage) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const stage = new Stage(folder);
    try {
      await fn(stage);
    } finally {
      await stage.own.writer.close();
    }
  });
}

test('what a client holds goes to the next when it disconnects', async (t) => {
  await onStage(async (stage) => {
    t.is(stage.lock(1, 'a').seq, undefined);
    const second = stage.wait(2, stage.lock(2, 'b'));
    const third = stage.wait(3, stage.lock(3, 'c'));
    stage.own.writer.disconnect(1);
    t.true(await second);
    stage.own.writer.disconnect(2);
    t.true(await third);
  });
});

test('a client that disconnects while it waits holds up nobody', async (t) => {
  await onStage(async (stage) => {
    stage.lock(1, 'a', { exclusive: false });
    void stage.wait(2, stage.lock(2, 'b'));
    const third = stage.wait(3, stage.lock(3, 'c', { exclusive: false }));
    stage.own.writer.disconnect(2);
    t.true(await third);
  });
});

test('who asks for the answer after it was given gets it', async (t) => {
  await onStage(async (stage) => {
    const { ino } = stage.lock(1, 'a');
    const answer = stage.lock(2, 'b');
    const cancelled = stage.lock(3, 'c');
    t.true(stage.run(1, 'unlock', ino, 'flock', 'a', 0, END));
    t.true(await stage.wait(2, answer));
    const told = stage.wait(3, cancelled);
    t.true(stage.run(3, 'cancelLock', cancelled.seq));
    t.false(await told);
  });
});

test('one owner may lock through one client and unlock through another', async (t) => {
  await onStage(async (stage) => {
    const { ino } = stage.lock(1, 'process', { kind: 'posix', last: 9 });
    t.true(stage.run(2, 'unlock', ino, 'posix', 'process', 0, END));
    t.is(stage.lock(3, 'other', { kind: 'posix', wait: false }).seq, undefined);
  });
});

test('byte ranges answer with errnos, and say who is in the way', async (t) => {
  await onStage(async (stage) => {
    const posix = { kind: 'posix' };
    stage.lock(1, 'a', { ...posix, first: 0, last: 9, pid: 4711 });
    stage.lock(2, 'b', { ...posix, first: 10, last: 19 });
    const wanted = { ...posix, owner: 'c', pid: 3, first: 5, last: 30, exclusive: false };
    const found = stage.run(3, 'testLock', '/file', wanted);
    t.like(found, { owner: 'a', pid: 4711, first: 0, last: 9, exclusive: true });
    t.is(stage.run(3, 'testLock', '/file', { ...wanted, first: 20 }), null);
    t.deepEqual(stage.lock(3, 'c', { ...wanted, wait: false }) as unknown, { code: 'EAGAIN' });
    const waits = stage.lock(1, 'a', { ...posix, first: 10, last: 10 });
    t.deepEqual(stage.lock(2, 'b', { ...posix, first: 0, last: 0 }) as unknown, {
      code: 'EDEADLK',
    });
    t.true(stage.run(2, 'unlock', waits.ino, 'posix', 'b', 0, END));
    t.true(await stage.wait(1, waits));
  });
});

test('a lock of another process that left a moment ago is not waited for', async (t) => {
  await withFolder(async (folder) => {
    const stage = new Stage(folder);
    const options = resolveOptions();
    const other = new Writer(stage.own.path, options, new WriterGauges(), {
      onChanges: () => undefined,
      onFailed: () => undefined,
      onIdleWork: () => undefined,
    });
    other.start();
    const whole = { kind: 'flock', first: 0, last: END, exclusive: true, wait: true, pid: 1 };
    const step = command('lock', ['/file', { ...whole, owner: 'other' }]);
    other.run([{ client: 1, steps: [step], isTransaction: false, wantsResult: true }]);
    const answer = stage.lock(1, 'a');
    t.is(typeof answer.seq, 'number');
    await other.close();
    // It has gone between the claim and the question, and nobody is left who would let go.
    t.true(await stage.wait(1, answer));
    await stage.own.writer.close();
  });
});

test('closing the writer ends every wait', async (t) => {
  await withFolder(async (folder) => {
    const stage = new Stage(folder);
    stage.lock(1, 'a');
    const waits = stage.wait(2, stage.lock(2, 'b'));
    const closed = stage.own.writer.close();
    await t.throwsAsync(waits, { code: 'ERR_VOLUME_CLOSED' });
    await closed;
  });
});
