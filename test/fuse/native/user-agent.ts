/** An ordinary user's program that mounts, and does as it is told by a test. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MountOptions, openVolume, unmountDirectory, type VolumeMount } from '#src/index.js';
import { answerParent } from '../../support/child.js';
import { runProgram } from '../../support/run-program.js';

const folder = process.argv[2] as string;
const volume = await openVolume(join(folder, 'v.cabinet'));
const dir = join(folder, 'mnt');
mkdirSync(dir, { recursive: true });
let mount: VolumeMount | undefined;

answerParent({
  whoami: () => process.getuid?.(),
  mount: async (options: MountOptions, at = dir) => {
    mount = await volume.mount(at, options);
    return { dir: mount.dir, transport: mount.transport, threads: mount.threads, pid: mount.pid };
  },
  facts: () => ({ state: mount?.state, errors: mount?.errors, own: process.pid }),
  unmount: (options: object) => mount?.unmount(options),
  unmountDirectory: (options: object) => unmountDirectory(dir, options),
  write: (name: string, text: string) => volume.fs.promises.writeFile(name, text),
  read: (name: string) => volume.fs.promises.readFile(name, 'utf8'),
  /** Says what a program said; of one that failed, that too. */
  run: async (script: string) => {
    const { status, stdout, stderr } = await runProgram('sh', ['-ec', script, 'sh', dir], {
      timeoutMs: 60_000,
    });
    return status === 0 ? stdout : `${status}: ${stderr}`;
  },
  mounts: () =>
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${dir} `)),
  end: () => volume.close(),
});
