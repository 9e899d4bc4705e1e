/**
 * What ends a wait in the queue: a deadline, an abort, the death of the writer; and what goes past
 * it.
 */
import test from 'ava';
import { ScriptedWriter, submitWrite } from './scripted-writer.js';

/** More commands than two messages hold, so that some stay behind in the client. */
const MORE_THAN_POSTED = 1100;
const POSTED = 1024;

test('a write past its deadline fails with ERR_QUEUE_TIMEOUT and is never sent', async (t) => {
  const writer = new ScriptedWriter({ queueDeadlineMs: 20, queueCommandsMax: 1 });
  const first = submitWrite(writer, '/first');
  const late = submitWrite(writer, '/late');
  await t.throwsAsync(late, { code: 'ERR_QUEUE_TIMEOUT', message: /20 ms.*not applied/ });
  t.is(writer.client.state.waiters, 0);
  writer.answer(1);
  await first;
  const next = submitWrite(writer, '/next');
  await writer.arrived(2);
  writer.answer(1);
  await next;
  t.deepEqual(writer.paths, ['/first', '/next']);
  writer.end();
});

test('the deadline holds for accepted writes that were not sent either', async (t) => {
  const writer = new ScriptedWriter({ queueDeadlineMs: 20 });
  const writes = Array.from({ length: MORE_THAN_POSTED }, (_, index) =>
    submitWrite(writer, `/${index}`),
  );
  const results = Promise.allSettled(writes);
  await writer.arrived(POSTED);
  await t.throwsAsync(writes.at(-1) as Promise<unknown>, { code: 'ERR_QUEUE_TIMEOUT' });
  writer.answerAll();
  const states = (await results).map(({ status }) => status);
  t.is(states.filter((status) => status === 'fulfilled').length, POSTED);
  t.is(writer.paths.length, POSTED);
  writer.end();
});

test('a signal that is aborted already refuses the write', async (t) => {
  const writer = new ScriptedWriter();
  const signal = AbortSignal.abort('why');
  const error = await t.throwsAsync(submitWrite(writer, '/a', 0, signal), { code: 'ABORT_ERR' });
  t.is(error.name, 'AbortError');
  t.is(error.cause, 'why');
  t.is(writer.client.state.commands, 0);
  writer.end();
});

test('an abort takes back a write that waits for room', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 1 });
  const first = submitWrite(writer, '/first');
  const abort = new AbortController();
  const waiting = submitWrite(writer, '/waiting', 0, abort.signal);
  const last = submitWrite(writer, '/last');
  abort.abort();
  await t.throwsAsync(waiting, { name: 'AbortError' });
  await writer.arrived(1);
  writer.answer(1);
  await writer.arrived(2);
  writer.answer(1);
  await Promise.all([first, last]);
  t.deepEqual(writer.paths, ['/first', '/last']);
  writer.end();
});

test('an abort takes back an accepted write that was not sent', async (t) => {
  const writer = new ScriptedWriter();
  const abort = new AbortController();
  const writes = [
    submitWrite(writer, '/a'),
    submitWrite(writer, '/b', 10, abort.signal),
    submitWrite(writer, '/c'),
  ];
  abort.abort();
  await t.throwsAsync(writes[1] as Promise<unknown>, { name: 'AbortError' });
  await writer.arrived(2);
  writer.answer(2);
  await Promise.all([writes[0], writes[2]]);
  t.deepEqual(writer.paths, ['/a', '/c']);
  t.is(writer.client.state.bytes, 0);
  writer.end();
});

test('taking back the only accepted write lets in the one that waits', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 1 });
  const abort = new AbortController();
  const first = submitWrite(writer, '/first', 0, abort.signal);
  const second = submitWrite(writer, '/second');
  abort.abort();
  await t.throwsAsync(first, { name: 'AbortError' });
  await writer.arrived(1);
  writer.answer(1);
  await second;
  t.deepEqual(writer.paths, ['/second']);
  writer.end();
});

test('an abort after the write was sent changes nothing: it completes', async (t) => {
  const writer = new ScriptedWriter();
  const abort = new AbortController();
  const write = submitWrite(writer, '/a', 0, abort.signal);
  await writer.arrived(1);
  abort.abort();
  writer.answer(1);
  await t.notThrowsAsync(write);
  writer.end();
});

test('control requests go past a full queue', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 1 });
  const writes = [submitWrite(writer, '/a'), submitWrite(writer, '/b')];
  const asked = writer.client.control({ type: 'sync' });
  await writer.arrived(1);
  t.is(writer.controls.length, 1, 'before the write that waits');
  writer.send({ kind: 'reply', id: writer.controls[0]?.id as number, result: null });
  t.is(await asked, null);
  writer.answer(1);
  await writer.arrived(2);
  writer.answer(1);
  await Promise.all(writes);
  writer.end();
});

test('the death of the writer thread rejects what is sent, accepted and waiting', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 2 });
  const writes = ['/a', '/b', '/c'].map((path) => submitWrite(writer, path));
  const control = writer.client.control({ type: 'sync' });
  await writer.arrived(2);
  writer.die();
  const settled = await Promise.allSettled([...writes, control]);
  for (const result of settled) {
    t.is(result.status === 'rejected' ? result.reason.code : result, 'ERR_WRITER_FAILED');
  }
  t.true(writer.client.isLost);
  await t.throwsAsync(submitWrite(writer, '/d'), { code: 'ERR_WRITER_FAILED' });
  await t.throwsAsync(writer.client.control({ type: 'close' }), { code: 'ERR_WRITER_FAILED' });
  await t.notThrowsAsync(writer.client.drained());
  writer.end();
});
