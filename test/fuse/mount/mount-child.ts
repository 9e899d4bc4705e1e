/** A program that mounts a new volume at `mnt` in a folder, uses it, and says how that went. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openVolume } from '#src/index.js';

const folder = process.argv[2] as string;
const files = join(folder, `files-${process.pid}`);
mkdirSync(files);
const volume = await openVolume(join(files, 'v.cabinet'));
try {
  const dir = join(folder, 'mnt');
  const mount = await volume.mount(dir);
  writeFileSync(join(dir, 'a'), 'hello');
  const said = readFileSync(join(dir, 'a'), 'utf8');
  await mount.unmount();
  console.log(JSON.stringify({ said, state: mount.state }));
} catch (error) {
  const { code, message } = error as Error & { code: string };
  console.log(JSON.stringify({ code, message }));
}
await volume.close();
