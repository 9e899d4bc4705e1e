/** A commit that waits for company: what mounts have taken keeps its order, whatever comes meanwhile. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openVolume } from '#src/index.js';
import { mountTest as test, withMount } from '../mount/mounting.js';

const DELAY_MS = 60;

test('a barrier that comes while a batch is gathered has all of it', (t) =>
  withMount(
    t,
    { threads: 2 },
    async ({ volume, dir, folder }) => {
      const fd = openSync(join(dir, 'f'), 'w');
      try {
        for (let round = 0; round < 10; round += 1) {
          writeSync(fd, `first ${round}`, 0);
          // The writer is gathering a batch with what was written when it is asked for a copy.
          const other = volume.fs.promises.writeFile('/other', `${round}`);
          await pause(DELAY_MS / 6);
          writeSync(fd, 'later', 0);
          const dest = join(folder, `copy-${round}`);
          await volume.backup(dest);
          await other;
          await using copy = await openVolume(dest, { readOnly: true });
          t.is(copy.fs.readFileSync('/f', 'utf8'), `later ${round}`);
          t.is(volume.fs.readFileSync('/f', 'utf8'), `later ${round}`);
        }
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    },
    { commitDelayMs: DELAY_MS },
  ));
