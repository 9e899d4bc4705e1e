/** The bounded queue in front of the writer: what is let in, what waits and what is refused. */
import test from 'ava';
import { ScriptedWriter, submitWrite } from './scripted-writer.js';

const KIB = 1024;

function fill(writer: ScriptedWriter, count: number, bytes = 0): Promise<unknown>[] {
  return Array.from({ length: count }, (_, index) => submitWrite(writer, `/${index}`, bytes));
}

test('commands beyond the bound wait and are let in as room comes', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 3 });
  const writes = fill(writer, 5);
  t.is(writer.client.state.commands, 3);
  t.is(writer.client.state.waiters, 2);
  await writer.arrived(3);
  writer.answer(1);
  await writes[0];
  await writer.arrived(4);
  t.is(writer.client.state.commands, 3);
  t.is(writer.client.state.waiters, 1);
  writer.answer(3);
  await Promise.all(writes.slice(0, 4));
  await writer.arrived(5);
  writer.answer(1);
  await Promise.all(writes);
  t.deepEqual(writer.paths, ['/0', '/1', '/2', '/3', '/4']);
  t.deepEqual(writer.client.state, { commands: 0, bytes: 0, waiters: 0, oldestAgeMs: 0 });
  writer.end();
});

test('bytes beyond the bound wait', async (t) => {
  const writer = new ScriptedWriter({ queueBytesMax: 4 * KIB, batchBytesMax: 4 * KIB });
  const writes = fill(writer, 3, 2 * KIB);
  t.is(writer.client.state.bytes, 4 * KIB);
  t.is(writer.client.state.waiters, 1);
  await writer.arrived(2);
  writer.answer(2);
  await writer.arrived(3);
  writer.answer(1);
  await Promise.all(writes);
  t.is(writer.client.state.bytes, 0);
  writer.end();
});

test('a write bigger than the bound is let in when it is alone', async (t) => {
  const writer = new ScriptedWriter({ queueBytesMax: KIB, batchBytesMax: KIB });
  const [big, small] = [submitWrite(writer, '/big', 5 * KIB), submitWrite(writer, '/small', 1)];
  t.is(writer.client.state.commands, 1);
  t.is(writer.client.state.waiters, 1);
  await writer.arrived(1);
  writer.answer(1);
  await big;
  await writer.arrived(2);
  const second = submitWrite(writer, '/big-too', 5 * KIB);
  t.is(writer.client.state.waiters, 1, 'not beside another write');
  writer.answer(1);
  await small;
  await writer.arrived(3);
  writer.answer(1);
  await second;
  t.deepEqual(writer.paths, ['/big', '/small', '/big-too']);
  writer.end();
});

test('a small write does not overtake a big one that waits', async (t) => {
  const writer = new ScriptedWriter({ queueBytesMax: 4 * KIB, batchBytesMax: KIB });
  const writes = [
    submitWrite(writer, '/first', 3 * KIB),
    submitWrite(writer, '/big', 3 * KIB),
    submitWrite(writer, '/tiny', 1),
  ];
  t.is(writer.client.state.waiters, 2);
  await writer.arrived(1);
  writer.answer(1);
  await writer.arrived(3);
  writer.answer(2);
  await Promise.all(writes);
  t.deepEqual(writer.paths, ['/first', '/big', '/tiny']);
  writer.end();
});

test("policy 'reject' refuses with ERR_QUEUE_FULL and the figures", async (t) => {
  const writer = new ScriptedWriter({ queuePolicy: 'reject', queueCommandsMax: 2 });
  const writes = fill(writer, 2, 10);
  const error = await t.throwsAsync(submitWrite(writer, '/more'), { code: 'ERR_QUEUE_FULL' });
  t.regex(error.message, /2 of 2 commands, 20 of 67108864 bytes/);
  t.regex(error.message, /the-volume/);
  t.regex((error as Error & { hint: string }).hint, /queueCommandsMax/);
  await writer.arrived(2);
  writer.answerAll();
  await Promise.all(writes);
  const next = submitWrite(writer, '/next');
  await writer.arrived(3);
  writer.answerAll();
  await t.notThrowsAsync(next, 'there is room again');
  t.deepEqual(writer.paths, ['/0', '/1', '/next']);
  writer.end();
});

test('more callers than queueWaitersMax are refused', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 1, queueWaitersMax: 2 });
  const writes = fill(writer, 3);
  await t.throwsAsync(submitWrite(writer, '/more'), { code: 'ERR_QUEUE_FULL' });
  for (let count = 1; count <= 3; count += 1) {
    await writer.arrived(count);
    writer.answer(1);
  }
  await Promise.all(writes);
  t.deepEqual(writer.paths, ['/0', '/1', '/2']);
  writer.end();
});

test('more bytes than queueWaitersBytesMax are refused, but not a big write that waits alone', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 1, queueWaitersBytesMax: 4 * KIB });
  const writes = [submitWrite(writer, '/0'), ...fill(writer, 2, 2 * KIB)];
  await t.throwsAsync(submitWrite(writer, '/more', 1), { code: 'ERR_QUEUE_FULL' });
  writes.push(submitWrite(writer, '/empty'));
  for (let count = 1; count <= 3; count += 1) {
    await writer.arrived(count);
    writer.answer(1);
    await writes[count - 1];
  }
  await writer.arrived(4);
  writes.push(submitWrite(writer, '/big', 9 * KIB));
  await t.throwsAsync(submitWrite(writer, '/more', 1), { code: 'ERR_QUEUE_FULL' });
  writer.answer(1);
  await writer.arrived(5);
  writer.answer(1);
  await Promise.all(writes);
  t.deepEqual(writer.paths, ['/0', '/0', '/1', '/empty', '/big']);
  writer.end();
});

test('writes that are taken back while the writer is stuck leave no bytes behind', async (t) => {
  const writer = new ScriptedWriter();
  const stuck = fill(writer, 1);
  await writer.arrived(1);
  stuck.push(submitWrite(writer, '/second'));
  await writer.arrived(2);
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 50; round += 1) {
    const controller = new AbortController();
    const kept = round === 0 ? [submitWrite(writer, '/kept', 1)] : [];
    const taken = [
      submitWrite(writer, '/taken', 8 * 1024 * KIB, controller.signal),
      submitWrite(writer, '/taken-too', KIB, controller.signal),
    ];
    controller.abort();
    for (const write of taken) await t.throwsAsync(write, { name: 'AbortError' });
    stuck.push(...kept);
  }
  // 400 MiB were given; a garbage collection may be late.
  const left = process.memoryUsage().arrayBuffers - before;
  t.true(left < 128 * 1024 * KIB, `${left} bytes`);
  t.is(writer.client.state.commands, 3);
  writer.answer(2);
  await writer.arrived(3);
  writer.answer(1);
  await Promise.all(stuck);
  t.deepEqual(writer.paths, ['/0', '/second', '/kept']);
  writer.end();
});

test('the bytes of a write that waits are those of the call', async (t) => {
  const writer = new ScriptedWriter({ queueCommandsMax: 1 });
  const buffer = Buffer.from('before');
  const first = writer.client.submit('truncate', ['/a', 0], { data: buffer });
  const waiting = writer.client.submit('truncate', ['/b', 0], { data: buffer });
  buffer.fill('x');
  await writer.arrived(1);
  writer.answer(1);
  await writer.arrived(2);
  writer.answer(1);
  await Promise.all([first, waiting]);
  for (const message of writer.received) {
    if (message.kind !== 'commands') continue;
    const [, , slab, offset, length] = message.jobs[0]?.[2][0] ?? t.fail();
    t.is(
      Buffer.from(message.slabs[slab as number] as Uint8Array).toString(
        'latin1',
        offset,
        offset + length,
      ),
      'before',
    );
  }
  t.is(writer.received.length, 2);
  writer.end();
});

test('the age of the oldest write is told', async (t) => {
  const writer = new ScriptedWriter();
  t.is(writer.client.state.oldestAgeMs, 0);
  const write = submitWrite(writer, '/a');
  const early = writer.client.state.oldestAgeMs;
  await writer.arrived(1);
  t.true(writer.client.state.oldestAgeMs >= early);
  writer.answerAll();
  await write;
  t.is(writer.client.state.oldestAgeMs, 0);
  writer.end();
});
