/**
 * Volumes that somebody has changed to do harm, mounted: programs get answers or errors, all of them end, and
 * the mount can be ended afterwards.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openVolume, type Volume } from '#src/index.js';
import { CASES } from '../../hostile/cases.js';
import { codeOf, type Hostile, sealed, withHostile } from '../../hostile/hostile.js';
import { runProgram } from '../../support/run-program.js';
import { mountsIn } from '../mount/mounting.js';
import { mountRefusal } from '../support/mounted.js';

const mounting = mountRefusal() === undefined ? test.serial : test.serial.skip;

/** Each with what it may take, in milliseconds; a path is never longer than the system lets it be. */
const PROGRAMS: readonly (readonly [string, ...string[]])[] = [
  ['find', '.', '-ls'],
  // Not through a shell: ended with it, these would go on.
  ['ls', '-laR'],
  ['sh', '-c', 'stat file dir/file link dir/below/deep; head -c 1000000 file dir/file'],
  ['sh', '-c', 'echo more >> file; echo new > dir/new; mv dir/below dir/moved; mkdir dir/made'],
  ['python3', '-c', "import os; [len(os.getxattr('file', n)) for n in os.listxattr('file')]"],
  ['rm', '-rf', 'dir'],
];
const TIMEOUT_MS = 60_000;
/** A tree with more paths than anybody could walk: programs are ended, and the mount must not mind. */
const ENDLESS = 'forty directories with two names each';
const ENDLESS_MS = 2000;

async function useThroughMount(
  t: ExecutionContext,
  { file, folder }: Hostile,
  isEndless: boolean,
): Promise<void> {
  let volume: Volume;
  try {
    volume = await openVolume(file, { integrity: { quickAfterCrash: false } });
  } catch (error) {
    t.regex(codeOf(error), /^ERR_/);
    return;
  }
  const dir = join(folder, 'mnt');
  mkdirSync(dir);
  try {
    const mount = await volume.mount(dir).catch(codeOf);
    if (typeof mount === 'string') {
      t.is(mount, 'ERR_MOUNT_FAILED');
      return;
    }
    for (const [program, ...args] of PROGRAMS) {
      const timeoutMs = isEndless ? ENDLESS_MS : TIMEOUT_MS;
      const run = await runProgram(program, args, { cwd: dir, timeoutMs });
      if (isEndless) continue;
      t.not(run.status, null, `${program} ${args.join(' ')} did not end: ${run.stderr}`);
    }
    await mount.unmount();
    t.is(mount.state, 'unmounted');
  } finally {
    for (const left of mountsIn(folder)) await runProgram('umount', ['-l', left]);
    // A volume in such a state may refuse; what it says must be said cleanly.
    await volume.close().catch(codeOf);
  }
}

for (const [title, { change }] of Object.entries(CASES)) {
  mounting(`on a mount: ${title}`, (t) =>
    withHostile(sealed(change), (hostile) => useThroughMount(t, hostile, title === ENDLESS)),
  );
}
