/** A commit that waits for company: what mounts have taken keeps its order, whatever comes meanwhile. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { mountTest as test, withMount } from '../mount/mounting.js';

const DELAY_MS = 60;

test('a barrier that comes while a batch is gathered does all of it, in order', (t) =>
  withMount(
    t,
    { threads: 2 },
    async ({ volume, dir }) => {
      const fd = openSync(join(dir, 'f'), 'w');
      try {
        for (let round = 0; round < 10; round += 1) {
          writeSync(fd, `first ${round}`, 0);
          // With it the writer begins to gather.
          const other = volume.fs.promises.writeFile('/other', `${round}`);
          await pause(DELAY_MS / 6);
          writeSync(fd, 'later', 0);
          await volume.sync();
          await other;
          t.is(volume.fs.readFileSync('/f', 'utf8'), `later ${round}`);
        }
      } finally {
        closeSync(fd);
      }
    },
    { commitDelayMs: DELAY_MS },
  ));
