/** Makes the kernel forget, so that a loop begins as after a start of the machine. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

function run(command: string, args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${error ?? stderr}`);
}

/** Names and inodes go, those of the whole machine; what was read of the disk stays in memory. */
export function forgetNames(): void {
  run('sync', []);
  writeFileSync('/proc/sys/vm/drop_caches', '2');
}

/** The pages of these files go. */
export function forgetPages(files: readonly string[]): void {
  run('sync', []);
  for (const file of files) run('dd', [`if=${file}`, 'iflag=nocache', 'count=0', 'status=none']);
}
