/** With `normal` the log is synced beside the writer while it grows. */
import test from 'ava';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import { job, WriterInProcess, writeFile } from './writer-in-process.js';

const MIB = 'x'.repeat(1024 * 1024);
const FILES = 12;

for (const durability of ['normal', 'off'] as const) {
  test(`so much of the log is synced at once with '${durability}'`, async (t) => {
    await withFolder(async (folder) => {
      const own = new WriterInProcess(folder, { durability });
      for (let index = 0; index < FILES; index += 1) own.run(job(writeFile(`/${index}`, MIB)));
      t.true(own.gauges.get('unsyncedCommits') >= FILES, 'no commit waits for it');
      t.is(own.gauges.get('checkpointedFrames'), 0, 'no checkpoint has done it');
      if (durability === 'off') t.is(own.gauges.get('syncedBytes'), 0);
      else await until('a piece is synced', () => own.gauges.get('unsyncedCommits') < FILES);
      t.deepEqual(own.failures, []);
      await own.writer.close();
    });
  });
}
