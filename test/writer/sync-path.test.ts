/** Waiting synchronously for the writer: what the sync functions of `node:fs` are made of. */
import { setImmediate } from 'node:timers/promises';
import test from 'ava';
import type { JobInput } from '#src/writer/outbox.js';
import { withVolume } from '../support/temporary-volume.js';
import { ScriptedWriter, submitWrite } from './scripted-writer.js';

function appendJob(text: string): JobInput {
  const creator = { mode: 0o644, uid: 0, gid: 0 };
  const O_WRONLY_CREAT_APPEND = 0o2101;
  const command = {
    name: 'writeFile' as const,
    args: ['/log', O_WRONLY_CREAT_APPEND, creator],
    data: Buffer.from(text),
  };
  return { commands: [command], isTransaction: false, wantsResult: true };
}

test('a synchronous write goes after the writes queued before it', async (t) => {
  await withVolume(t, { batchCommandsMax: 3, queueCommandsMax: 5 }, async ({ volume }) => {
    const writer = volume.runner.writer();
    const queued = [...'abcdefghij'].map((letter) => writer.submitJob(appendJob(letter)));
    const written = writer.submitJobSync(appendJob('K'));
    t.like(written, { size: 11 });
    const later = writer.submitJob(appendJob('l'));
    writer.submitJobSync(appendJob('M'));
    await Promise.all([...queued, later]);
    t.is(await volume.fs.promises.readFile('/log', 'utf8'), 'abcdefghijKlM');
  });
});

test('the error of a synchronous write is thrown', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const writer = volume.runner.writer();
    const job: JobInput = {
      commands: [{ name: 'unlink', args: ['/missing'] }],
      isTransaction: false,
    };
    t.throws(() => writer.submitJobSync(job), { code: 'ENOENT' } as never);
    t.like(writer.submitJobSync(appendJob('x')), { size: 1 });
  });
});

test('changes that arrive during a synchronous wait are not lost', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    const types: string[] = [];
    const stop = await volume.subscribe((changes) => {
      types.push(...changes.map(({ type }) => type));
    });
    const writer = volume.runner.writer();
    writer.submitJobSync(appendJob('a'));
    writer.submitJobSync(appendJob('b'));
    // The program's own code does not run in the middle of its call.
    t.deepEqual(types, []);
    await setImmediate();
    t.deepEqual(types.slice(0, 1), ['create']);
    t.is(types.filter((type) => type === 'content').length > 0, true);
    stop();
  });
});

test('a closed client refuses a synchronous write', (t) => {
  const writer = new ScriptedWriter();
  submitWrite(writer, '/a').catch(() => undefined);
  writer.client.lose(new Error('gone'));
  const error = t.throws(() => writer.client.submitJobSync(appendJob('x')));
  t.is((error as Error & { code: string }).code, 'ERR_WRITER_FAILED');
  writer.end();
});
