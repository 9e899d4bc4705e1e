/** Where the optional packages are missing: everything else works, and what is missing is said. */
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { projectPath, readProjectFile } from '../../support/project.js';
import { runNode } from '../../support/run-program.js';
import { withFolder } from '../../support/temporary-volume.js';
import { NO_MOUNT } from '../mount/mounting.js';

const title = 'fuse-native is asked for and is not installed: how to install it is said';
const mounting = NO_MOUNT === undefined ? test : test.skip;

/** This package as it is installed where nothing could be compiled but SQLite. */
function install(folder: string): string {
  const { dependencies } = JSON.parse(readProjectFile('package.json')) as {
    dependencies: Record<string, string>;
  };
  for (const name of ['dist', 'migrations', 'package.json']) {
    cpSync(projectPath(name), join(folder, name), { recursive: true });
  }
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(projectPath(`node_modules/${name}`), link);
  }
  return join(folder, 'dist/index.js');
}

mounting(NO_MOUNT === undefined ? title : `${title} (${NO_MOUNT})`, async (t) => {
  await withFolder(async (folder) => {
    const entry = install(folder);
    mkdirSync(join(folder, 'mnt'));
    writeFileSync(
      join(folder, 'program.mjs'),
      `
import { openVolume } from '${entry}';
const volume = await openVolume('${folder}/v.cabinet');
const dir = '${folder}/mnt';
await volume.mount(dir, { transport: 'fuse-native' }).catch((error) => {
  console.log(error.code, error.message);
});
const mount = await volume.mount(dir);
console.log(mount.transport);
await volume.close();
`,
    );
    const { stdout, stderr } = await runNode([join(folder, 'program.mjs')]);
    const [refused = '', mounted] = stdout.trim().split('\n');
    t.regex(
      refused,
      /^ERR_MOUNT_FAILED .*the optional package fuse-native cannot be loaded/,
      stderr,
    );
    t.regex(refused, /apt-get install fuse .*npm install fuse-native/);
    t.is(mounted, 'kernel');
  });
});
