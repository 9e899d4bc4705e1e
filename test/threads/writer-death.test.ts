/** The writer's thread dies: nobody waits for ever, however it died and whoever waits. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { openVolume } from '#src/index.js';
import { type Child, startChild } from '../support/child.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';

const CHILD = new URL('./writer-death-child.js', import.meta.url);
const FAULT = new URL('../writer/commit-fault.js', import.meta.url);
const THREADS = 2;
const FAILED = 'ERR_WRITER_FAILED';

interface Dying {
  readonly child: Child;
  /** Lets the writer's thread die at its next commit. */
  die(how: string): Promise<void>;
}

async function withDyingWriter(fn: (dying: Dying) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const trigger = join(folder, 'fault');
    const file = join(folder, 'test.cabinet');
    const child = startChild(CHILD, [file], {
      // Little memory, so that it is soon exhausted.
      execArgv: ['--max-old-space-size=64', '--import', fileURLToPath(FAULT)],
      env: { ...process.env, CABINET_TEST_FAULT: trigger },
    });
    try {
      await child.ask('attach', THREADS);
      await fn({ child, die: (how) => writeFile(trigger, how) });
      await child.end();
    } finally {
      await child.kill();
    }
    await using volume = await openVolume(file);
    await assertVolumeSound(volume);
  });
}

// `memory` ends a thread without another line of its code; `exit` runs its exit listeners.
for (const how of ['memory', 'exit']) {
  for (const waiting of ['write', 'writeSync'] as const) {
    test(`a writer that dies (${how}) while threads wait for a ${waiting} rejects all`, async (t) => {
      await withDyingWriter(async ({ child, die }) => {
        t.deepEqual(await child.ask('writeAll', waiting), ['ok', 'ok', 'ok']);
        await die(how);
        t.deepEqual(await child.ask('writeAll', waiting), [FAILED, FAILED, FAILED]);
        t.deepEqual(await child.ask('writeAll', waiting), [FAILED, FAILED, FAILED], 'and stays so');
        t.deepEqual(await child.ask('readAll'), ['ok', 'ok'], 'reads go on');
        t.deepEqual(await child.ask('states'), ['failed', 'failed', 'failed']);
        t.is(await child.ask('connect'), FAILED);
        t.deepEqual(await child.ask('closeAll'), ['ok', 'ok', 'ok']);
        t.deepEqual(await child.ask('states'), ['closed', 'closed', 'closed']);
      });
    });
  }

  test(`a writer that dies (${how}) under threads that only write synchronously`, async (t) => {
    await withDyingWriter(async ({ child, die }) => {
      const ends = child.ask('writeOnAndOn');
      await die(how);
      t.deepEqual(await ends, [FAILED, FAILED, FAILED]);
      t.deepEqual(await child.ask('closeAll'), ['ok', 'ok', 'ok']);
    });
  });
}
