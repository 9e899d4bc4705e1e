/** A volume whose writer has failed or died: writes are refused, reads go on, closing works. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openVolume } from '#src/index.js';
import { type Child, startChild } from '../support/child.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const CHILD = new URL('./faulty-volume-child.js', import.meta.url);
const FAULT = new URL('./commit-fault.js', import.meta.url);

interface Faulty {
  readonly child: Child;
  readonly file: string;
  breakWith(kind: string): Promise<void>;
}

async function withFaultyVolume(fn: (faulty: Faulty) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const trigger = join(folder, 'fault');
    const file = join(folder, 'test.cabinet');
    const child = startChild(CHILD, [file], {
      // Little memory, so that it is soon exhausted.
      execArgv: ['--max-old-space-size=64', '--import', fileURLToPath(FAULT)],
      env: { ...process.env, CABINET_TEST_FAULT: trigger },
    });
    try {
      await fn({ child, file, breakWith: (kind) => writeFile(trigger, kind) });
      await child.end();
    } finally {
      await rm(trigger, { force: true });
      await child.kill();
    }
  });
}

async function assertReopens(file: string, names: readonly string[]): Promise<string[]> {
  await using volume = await openVolume(file);
  await assertVolumeSound(volume);
  const found = (await volume.fs.promises.readdir('/')) as string[];
  for (const name of names) {
    if (!found.includes(name)) throw new Error(`${name} is lost`);
  }
  return found;
}

for (const kind of ['io error', 'bug']) {
  test(`after a commit that ends in "${kind}" writes are refused and reads go on`, async (t) => {
    await withFaultyVolume(async ({ child, file, breakWith }) => {
      t.deepEqual(await child.ask('writes', '/before'), ['ok']);
      await breakWith(kind);
      const refused = ['ERR_WRITER_FAILED', 'ERR_WRITER_FAILED'];
      t.deepEqual(await child.ask('writes', '/a', '/b'), refused);
      t.deepEqual(await child.ask('writes', '/c', '/d'), refused);
      for (const request of ['transaction', 'syncNow', 'checkpoint', 'writeSync']) {
        t.is(await child.ask(request), 'ERR_WRITER_FAILED', request);
      }
      t.is(await child.ask('state'), 'failed');
      t.is(await child.ask('read', '/before'), '/before');
      t.deepEqual(await child.ask('list'), ['before']);
      t.is(await child.ask('close'), 'ok');
      t.is(await child.ask('close'), 'ok');
      t.is(await child.ask('state'), 'closed');
      t.deepEqual(await child.ask('uncaught'), []);
      t.deepEqual(await assertReopens(file, ['before']), ['before']);
    });
  });
}

for (const kind of ['exit', 'crash']) {
  test(`a writer thread that dies by "${kind}" rejects what is in flight`, async (t) => {
    await withFaultyVolume(async ({ child, file, breakWith }) => {
      t.deepEqual(await child.ask('writes', '/before'), ['ok']);
      await breakWith(kind);
      const outcomes = (await child.ask('writes', '/a', '/b')) as string[];
      // A crash after the commit may come before or after its answer.
      if (kind === 'exit') t.deepEqual(new Set(outcomes), new Set(['ERR_WRITER_FAILED']));
      t.deepEqual(await child.ask('writes', '/c'), ['ERR_WRITER_FAILED']);
      t.is(await child.ask('syncNow'), 'ERR_WRITER_FAILED');
      t.is(await child.ask('state'), 'failed');
      t.is(await child.ask('read', '/before'), '/before');
      t.is(await child.ask('close'), 'ok');
      t.deepEqual(await child.ask('uncaught'), [], 'the process survives');
      const acknowledged = ['a', 'b'].filter((_, index) => outcomes[index] === 'ok');
      const found = await assertReopens(file, ['before', ...acknowledged]);
      t.false(found.includes('c'));
    });
  });
}

// `memory` ends the thread without another line of its code.
for (const kind of ['exit', 'memory']) {
  test(`a synchronous write to a thread that dies meanwhile (${kind}) ends with an error`, async (t) => {
    await withFaultyVolume(async ({ child, file, breakWith }) => {
      t.is(await child.ask('writeSync'), 'ok');
      await breakWith(kind);
      t.is(await child.ask('writeSync'), 'ERR_WRITER_FAILED');
      t.is(await child.ask('close'), 'ok');
      t.deepEqual(await assertReopens(file, []), []);
    });
  });
}
