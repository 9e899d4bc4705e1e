/** Run by the tests of this folder, to be killed: does one thing to a volume, and says what it has done. */
import { compactVolume, migrateVolume } from '#src/index.js';

const [operation, path = ''] = process.argv.slice(2);

if (operation === 'compact') await compactVolume(path, { full: true });
else await migrateVolume(path);
console.log('done');
