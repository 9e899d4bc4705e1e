/** Puts every kind of thing into a volume that is to be frozen. */
import { constants } from 'node:fs';
import type { Volume } from '../support/subject.js';

export async function fillVolume(volume: Volume): Promise<void> {
  const { promises } = volume.fs;
  await promises.mkdir('/empty-directory');
  await promises.mkdir('/deep/er/and/deeper', { recursive: true });
  await promises.writeFile('/empty', '');
  await promises.writeFile('/inline', 'small enough for the inode');
  await promises.writeFile('/one-chunk', Buffer.alloc(3000, 'one chunk.'));
  await promises.writeFile('/many-chunks', Buffer.alloc(9_000, 'many chunks, '));
  await makeSparseFile(volume);
  await promises.copyFile('/many-chunks', '/shares-chunks');
  await promises.writeFile('/shares-some', Buffer.alloc(9_000, 'many chunks, '));
  await promises.copyFile('/many-chunks', '/shares-some');
  const handle = await promises.open('/shares-some', 'r+');
  await handle.write('changed here', 5000);
  await handle.close();
  await promises.link('/inline', '/deep/second-name');
  await promises.symlink('../inline', '/deep/link');
  await promises.symlink('/nowhere', '/dangling');
  await promises.mkdir('/names');
  for (const name of [' ', 'ünïcödé', '日本語', '🙂', 'with\nnewline', 'n'.repeat(255), '%_*?']) {
    await promises.writeFile(`/names/${name}`, name);
  }
  await promises.chmod('/one-chunk', 0o4751);
  await promises.chown('/one-chunk', 12, 4_000_000_000);
  await promises.mkdir('/sticky');
  await promises.chmod('/sticky', 0o1777);
  await volume.mknod('/fifo', constants.S_IFIFO | 0o640);
  await volume.mknod('/device', constants.S_IFCHR | 0o600, 0x0103);
  await volume.setXattr('/inline', 'user.comment', Buffer.from('a value'));
  await volume.setXattr('/deep', 'user.binary', Buffer.from([0, 255, 1]));
  await setTimes(volume);
}

async function makeSparseFile(volume: Volume): Promise<void> {
  const handle = await volume.fs.promises.open('/sparse', 'w');
  await handle.write('start', 0);
  await handle.write('in the middle', 1_000_000);
  await handle.truncate(2_000_000);
  await handle.close();
}

/** Fixed, with nanoseconds where the call takes them, and before 1970. */
async function setTimes(volume: Volume): Promise<void> {
  const { promises } = volume.fs;
  await promises.utimes('/inline', 1_000_000_000.5, 1_234_567_890.25);
  await promises.utimes('/many-chunks', -1_000_000.75, -1);
  await promises.lutimes('/dangling', 1, 2);
}
