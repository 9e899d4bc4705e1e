/** The reaper, one step at a time. */
import test from 'ava';
import { openVolume } from '#src/index.js';
import { countRows } from '../support/row-counts.js';
import { assertVolumeSound } from '../support/subject.js';
import { withFolder } from '../support/temporary-volume.js';
import { until } from '../support/until.js';
import {
  command,
  job,
  mkdir,
  transaction,
  WriterInProcess,
  writeFile,
} from './writer-in-process.js';

const SMALL_CHUNKS = { chunkSizeBytes: 4096 };
const CHUNKS = 1000;
/** What one step may delete: docs say at most 256 entries or chunks. */
const SLICE = 256;

function makeBigFile(own: WriterInProcess): void {
  own.run(job(writeFile('/big', 'x'.repeat(CHUNKS * 4096))));
}

test('a big file is deleted in slices with room for other writes in between', async (t) => {
  await withFolder(async (folder) => {
    const own = new WriterInProcess(folder, SMALL_CHUNKS);
    own.idle();
    makeBigFile(own);
    t.is(countRows(own.path, 'blob'), CHUNKS);
    own.run(job(command('unlink', ['/big'])));
    t.is(countRows(own.path, 'blob'), CHUNKS, 'the unlink itself deletes nothing');
    let left = CHUNKS;
    while (own.writer.hasIdleWork) {
      own.writer.idle();
      const now = countRows(own.path, 'blob');
      t.true(left - now <= SLICE + 1, `${left} to ${now}`);
      left = now;
      t.deepEqual(own.run(job(writeFile('/small', `${left}`))).length, 1);
    }
    t.is(left, 0);
    t.is(countRows(own.path, 'orphan'), 0);
    t.is(countRows(own.path, 'inode'), 2);
    await own.writer.close();
    await using volume = await openVolume(own.path);
    await assertVolumeSound(volume);
  });
});

test('a big tree is taken apart in slices', async (t) => {
  await withFolder(async (folder) => {
    const own = new WriterInProcess(folder);
    own.idle();
    own.run(job(mkdir('/tree')));
    for (let dir = 0; dir < 30; dir += 1) {
      const files = Array.from({ length: 100 }, (_, index) =>
        writeFile(`/tree/${dir}/${index}`, 'x'),
      );
      own.run(transaction(mkdir(`/tree/${dir}`), ...files));
    }
    const inodes = countRows(own.path, 'inode');
    t.is(inodes, 1 + 1 + 30 + 3000);
    own.run(job(command('removeTree', ['/tree', true, false])));
    let left = countRows(own.path, 'inode');
    t.true(inodes - left < 1000, 'most is left for later');
    while (own.writer.hasIdleWork) {
      own.writer.idle();
      const now = countRows(own.path, 'inode');
      t.true(left - now <= 2 * SLICE, `${left} to ${now}`);
      left = now;
    }
    t.is(left, 1);
    await own.writer.close();
  });
});

test('what was not deleted before closing is deleted after opening, without any call', async (t) => {
  await withFolder(async (folder) => {
    const own = new WriterInProcess(folder, SMALL_CHUNKS);
    makeBigFile(own);
    own.run(job(command('unlink', ['/big'])));
    t.is(countRows(own.path, 'orphan'), 1);
    await own.writer.close();
    await using volume = await openVolume(own.path);
    await until('the orphan to be deleted', () => countRows(own.path, 'orphan') === 0);
    await assertVolumeSound(volume);
  });
});
