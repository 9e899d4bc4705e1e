/** A kill while a damaged file was being set aside leaves it with its log, under their own names. */
import {
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { clearLeftovers, removeLeftovers } from '#src/maintenance/placement/leftovers.js';
import { partialOf } from '#src/maintenance/placement/partials.js';
import { makerName } from '#src/writer/maker-name.js';
import { withFolder } from '../support/temporary-volume.js';

/** The name of a maker of this system whose process has certainly ended. */
function endedMaker(): string {
  const [system, , , random] = makerName().split('-');
  return `${system}-999999999-1-${random}`;
}

for (const [title, tidy] of [
  ['before the next backup or restore', clearLeftovers],
  ['at the next opening', async (path: string) => removeLeftovers(path)],
] as const) {
  test(`what lost its name is given it back ${title}`, async (t) => {
    await withFolder(async (folder) => {
      const target = join(folder, 'damaged');
      const other = partialOf(target, endedMaker(), 'replaced');
      writeFileSync(target, 'damaged');
      writeFileSync(`${target}-wal`, 'its log');
      // As `put-in-place.ts` does it, up to the moment before the new file takes the place.
      linkSync(target, other);
      renameSync(`${target}-wal`, `${other}-wal`);
      await tidy(target);
      t.deepEqual(readdirSync(folder).sort(), ['damaged', 'damaged-wal']);
      t.is(readFileSync(`${target}-wal`, 'utf8'), 'its log');
    });
  });
}

test('after the new file has taken the place the old log is not put beside it', async (t) => {
  await withFolder(async (folder) => {
    const target = join(folder, 'restored');
    const other = partialOf(target, endedMaker(), 'replaced');
    writeFileSync(target, 'the new one');
    writeFileSync(other, 'the old one');
    writeFileSync(`${other}-wal`, 'the log of the old one');
    await clearLeftovers(target);
    t.false(existsSync(`${target}-wal`));
    t.deepEqual(readdirSync(folder), ['restored']);
  });
});
