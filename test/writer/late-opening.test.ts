/** A file that is opened while its last name is being taken away; see `core/hold-board.ts`. */
import test from 'ava';
import { HoldBoard } from '#src/core/hold-board.js';
import type { Ino } from '#src/core/ino.js';
import { resolveOptions } from '#src/core/options.js';
import { WriterGauges } from '#src/writer/gauges.js';
import { Writer } from '#src/writer/writer.js';
import { withFolder } from '../support/temporary-volume.js';
import { command, IDLE_HOST, job, writeFile } from './writer-in-process.js';

const MEMBER = 9;

test('what is opened before the commit is kept, however late in the batch', async (t) => {
  await withFolder(async (folder) => {
    const board = new HoldBoard();
    let openNow: Ino | undefined;
    let commits = 0;
    const writer = new Writer(`${folder}/test.cabinet`, resolveOptions({}), new WriterGauges(), {
      ...IDLE_HOST,
      // The commands have run; the commit has not begun.
      onCommitting: () => {
        commits += 1;
        if (openNow !== undefined) board.hold(openNow);
        openNow = undefined;
      },
    });
    writer.start();
    writer.openFiles.join(MEMBER, 'mount', board);
    try {
      const [made] = writer.run([{ ...job(writeFile('/a', 'kept')), wantsResult: true }]);
      const { ino } = made as { ino: Ino };
      commits = 0;
      openNow = ino;
      t.deepEqual(writer.run([job(command('unlink', ['/a']))]).length, 1);
      t.is(commits, 2, 'the batch was begun anew');
      while (writer.hasIdleWork) writer.idle();
      t.true(writer.hold(MEMBER, ino), 'it is still there');
      board.release(ino);
      t.true(board.release(ino), 'who closes it last has to say so');
      writer.release(MEMBER, [ino]);
      while (writer.hasIdleWork) writer.idle();
      t.false(writer.hold(MEMBER, ino), 'and then it goes');
    } finally {
      await writer.close();
    }
  });
});
