/** A program that writes through a mount hears of a full disk: from `write`, or when it syncs or closes the file. */
import { closeSync, fsyncSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openVolume } from '#src/index.js';
import { fillToTheEnd, withSmallDisk } from '../../support/small-disk.js';
import { assertVolumeSound } from '../../support/subject.js';
import { serialMountTest as test } from '../mount/mounting.js';

const MIB = 1024 * 1024;
/** More than the margin below which writes are commits. */
const ROOMY_BYTES = 96 * MIB;
const PIECE = Buffer.alloc(4096, 'x');

/** The code of what went wrong first; undefined when all went well. */
function write(path: string, pieces: number, beforeSync: () => void): string | undefined {
  const fd = openSync(path, 'w');
  let code: string | undefined;
  const attempt = (step: () => unknown): void => {
    try {
      step();
    } catch (error) {
      code ??= (error as NodeJS.ErrnoException).code;
    }
  };
  for (let piece = 0; piece < pieces && code === undefined; piece += 1) {
    attempt(() => writeSync(fd, PIECE));
  }
  beforeSync();
  attempt(() => fsyncSync(fd));
  attempt(() => closeSync(fd));
  return code;
}

for (const [title, diskBytes, pieces] of [
  ['where there is little room from the start write tells', 24 * MIB, 20_000],
  ['where the disk fills up meanwhile fsync or close tells', ROOMY_BYTES, 100],
  ['where a program fills it up, one of the two tells', ROOMY_BYTES, 40_000],
] as const) {
  test(title, async (t) => {
    await withSmallDisk(t, 'tmpfs', diskBytes, async (root) => {
      const dir = join(root, '..', 'mnt');
      await mkdir(dir);
      const file = join(root, 'v.cabinet');
      const volume = await openVolume(file, { checkpointWalBytes: MIB });
      const mount = await volume.mount(dir);
      try {
        writeFileSync(join(dir, 'before'), 'whole');
        const isSmall = pieces < 1000;
        const code = write(join(dir, 'f'), pieces, () => {
          if (isSmall) fillToTheEnd(root);
        });
        const { size } = await volume.fs.promises.stat('/f');
        if (code === undefined) t.is(size, pieces * PIECE.length, 'nobody told of anything');
        else t.is(code, 'ENOSPC');
        if (!isSmall) t.is(code, 'ENOSPC');
        const found = await volume.fs.promises.readFile('/f');
        t.true(found.every((byte) => byte === PIECE[0]));
        // Whoever takes the last block in a moment may keep deletions from going on (docs/reliability.md).
        if (isSmall) unlinkSync(join(root, 'ballast'));
        unlinkSync(join(dir, 'f'));
        await volume.checkpoint('truncate');
        writeFileSync(join(dir, 'after'), PIECE);
        t.deepEqual(await readFile(join(dir, 'after')), PIECE);
        t.is(await readFile(join(dir, 'before'), 'utf8'), 'whole');
        await assertVolumeSound(volume);
      } finally {
        await mount.unmount({ force: true });
        await volume.close();
      }
    });
  });
}
