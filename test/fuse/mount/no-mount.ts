/** Whether something can be mounted here, for tests and for programs that are none. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why nothing can be mounted here; undefined where it can. */
export const NO_MOUNT: string | undefined = reasonNotToMount();

function reasonNotToMount(): string | undefined {
  if (process.platform !== 'linux') return 'not on Linux';
  const dir = mkdtempSync(join(tmpdir(), 'cabinetfs-probe-'));
  let fd: number;
  try {
    fd = openSync('/dev/fuse', 'r+');
  } catch (error) {
    rmdirSync(dir);
    return `/dev/fuse: ${(error as NodeJS.ErrnoException).code}`;
  }
  const options = 'fd=3,rootmode=40000,user_id=0,group_id=0';
  const mounted = spawnSync('mount', ['-i', '-t', 'fuse', '-o', options, 'probe', dir], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    encoding: 'utf8',
  });
  closeSync(fd);
  if (mounted.status === 0) spawnSync('umount', ['-i', dir]);
  rmdirSync(dir);
  return mounted.status === 0 ? undefined : `no right to mount: ${mounted.stderr.trim()}`;
}
