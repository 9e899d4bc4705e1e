/** How a process ends that watches, and does with its volume what `exit-child` is told. */
import { join } from 'node:path';
import { startChild } from '../../support/child.js';
import { withFolder } from '../../support/temporary-volume.js';

const CHILD = new URL('./exit-child.js', import.meta.url);

export async function exitCodeOf(what: string): Promise<number | null> {
  let code: number | null = null;
  // A volume of a name: a temporary one stays behind when its process ends without closing it.
  await withFolder(async (folder) => {
    ({ code } = await startChild(CHILD, [what, join(folder, 'test.cabinet')]).ended);
  });
  return code;
}
