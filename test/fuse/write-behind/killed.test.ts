/**
 * What a program has closed or synced is there when the server is killed right after that; what it has not is
 * there up to some point, and the volume is sound.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openVolume, unmountDirectory } from '#src/index.js';
import { startChild } from '../../support/child.js';
import { between, createRandom, type Random } from '../../support/random.js';
import { assertVolumeSound } from '../../support/subject.js';
import { withFolder } from '../../support/temporary-volume.js';
import { mountTest as test } from '../mount/mounting.js';

const SERVER = new URL('../mount/serving-child.js', import.meta.url);
const ROUNDS = Number(process.env.CABINET_KILLED_ROUNDS ?? 5);
const SEED = Number(process.env.CABINET_KILLED_SEED ?? Date.now() % 2 ** 31);
const PIECES_MAX = 400;
const PIECE_BYTES_MAX = 9000;

/** Writes pieces in order and returns them all. */
function writePieces(fd: number, random: Random): Buffer {
  const pieces = Array.from({ length: between(random, 1, PIECES_MAX) }, (_, index) =>
    Buffer.alloc(between(random, 1, PIECE_BYTES_MAX), index % 256),
  );
  for (const piece of pieces) writeSync(fd, piece);
  return Buffer.concat(pieces);
}

test('what was closed or synced before the server was killed is there', async (t) => {
  t.timeout(ROUNDS * 20_000);
  t.log(`CABINET_KILLED_SEED=${SEED}`);
  const random = createRandom(SEED);
  await withFolder(async (folder) => {
    const [file, dir] = [join(folder, 'v.cabinet'), join(folder, 'mnt')];
    await mkdir(dir);
    for (let round = 0; round < ROUNDS; round += 1) {
      const child = startChild(SERVER, [file, dir]);
      await child.ask('mount', {});
      const safe = openSync(join(dir, `safe-${round}`), 'w');
      const open = openSync(join(dir, `open-${round}`), 'w');
      const left = writePieces(open, random);
      const kept = writePieces(safe, random);
      const isSynced = random() < 0.5;
      if (isSynced) fsyncSync(safe);
      else closeSync(safe);
      await child.kill();
      // Their server has gone: what is still said of them is an error.
      for (const fd of isSynced ? [safe, open] : [open]) t.throws(() => closeSync(fd));
      await unmountDirectory(dir);
      const volume = await openVolume(file);
      t.true(kept.equals(await volume.fs.promises.readFile(`/safe-${round}`)), `${round}`);
      const found = await volume.fs.promises.readFile(`/open-${round}`);
      t.true(left.subarray(0, found.length).equals(found), `${round}: not its beginning`);
      await assertVolumeSound(volume);
      await volume.close();
    }
  });
});
