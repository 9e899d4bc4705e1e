// Opens a volume, writes, reads and lists it.        Run: node examples/quick-start.mjs
import { openVolume } from 'cabinetfs';

// With a path the volume is that file. Without one it is temporary and goes when it is closed.
const volume = await openVolume();
try {
  const fs = volume.fs.promises; // the shape of node:fs/promises

  await fs.mkdir('/notes/2026', { recursive: true });
  await fs.writeFile('/notes/2026/today.md', '# Today\n');
  await fs.appendFile('/notes/2026/today.md', '- try cabinetfs\n');
  await fs.symlink('2026/today.md', '/notes/latest');

  console.log(await fs.readFile('/notes/latest', 'utf8'));

  for (const entry of await fs.readdir('/notes', { withFileTypes: true })) {
    console.log(entry.isDirectory() ? 'directory' : 'other', entry.name);
  }

  const { size, mode } = await fs.stat('/notes/2026/today.md');
  console.log(`${size} bytes, a regular file: ${(mode & 0o170000) === 0o100000}`);

  // Errors have Node's fields.
  await fs.readFile('/missing').catch(({ code, syscall, path }) => {
    console.log(code, syscall, path);
  });
} finally {
  await volume.close();
}
