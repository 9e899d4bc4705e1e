/**
 * Makes `frozen/schema-v<N>.cabinet`: a small volume of today's schema that holds every kind of
 * thing, and `schema-v<N>.json`, what is in it. Run once when a schema is released, from the root
 * of the repository: `node build/test/upgrade/make-frozen.js`. The two files are committed and
 * never changed afterwards.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { openVolume } from '#src/index.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { describeVolume } from './describe-volume.js';
import { fillVolume } from './fill-volume.js';

const folder = 'test/upgrade/frozen';
const base = `${folder}/schema-v${readMigrations().length}`;

if (existsSync(`${base}.cabinet`) && !process.argv.includes('--replace')) {
  throw new Error(
    `${base}.cabinet is there already; --replace is for schemas that are not released`,
  );
}
mkdirSync(folder, { recursive: true });
rmSync(`${base}.cabinet`, { force: true });
const volume = await openVolume(`${base}.cabinet`, {
  pageSizeBytes: 4096,
  chunkSizeBytes: 4096,
  uid: 1000,
  gid: 1000,
  umask: 0o022,
});
await fillVolume(volume);
writeFileSync(`${base}.json`, `${JSON.stringify(await describeVolume(volume), null, 2)}\n`);
await volume.close();
