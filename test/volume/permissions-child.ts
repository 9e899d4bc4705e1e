/**
 * Run by `permissions.test.ts`: tries to open volumes as a user without rights. Everything is
 * loaded before the change of user, because the user may not be able to read this package.
 */
import { openVolume } from '#src/index.js';

const [file, options, uid] = process.argv.slice(2) as [string, string, string];
const parsed = JSON.parse(options);
// Loads the driver too.
await (await openVolume()).close();
if (Number(uid) > 0) {
  process.setgroups?.([]);
  process.setgid?.(Number(uid));
  process.setuid?.(Number(uid));
}
try {
  const volume = await openVolume(file, parsed);
  const names = await volume.fs.promises.readdir('/');
  await volume.close();
  process.send?.({ names });
} catch (error) {
  const { name, code, message, hint, path } = error as Error & Record<string, unknown>;
  process.send?.({ name, code, message, hint, path });
}
