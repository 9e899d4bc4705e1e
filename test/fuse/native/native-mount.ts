/** Mounts through fuse-native for tests. */
import { spawnSync } from 'node:child_process';
import test, { type ExecutionContext } from 'ava';
import type { MountOptions } from '#src/index.js';
import { projectPath } from '../../support/project.js';
import { type Mounted, NO_MOUNT, withMount } from '../mount/mounting.js';

/** Why there is no fuse-native here; undefined where there is. */
export const NO_NATIVE: string | undefined = NO_MOUNT ?? reasonOfPackage();

function reasonOfPackage(): string | undefined {
  const script = "require('fuse-native')";
  const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: projectPath('.'),
    encoding: 'utf8',
  });
  if (status === 0) return undefined;
  return `fuse-native: ${/^Error: .*$/m.exec(stderr)?.[0] ?? stderr.slice(0, 200)}`;
}

type Implementation = (t: ExecutionContext) => Promise<void>;

/** A test that mounts through fuse-native. Where that is not possible it is skipped; never in CI. */
export function nativeTest(title: string, implementation: Implementation): void {
  if (NO_NATIVE === undefined) test.serial(title, implementation);
  else test.serial.skip(`${title} (${NO_NATIVE})`, implementation);
}

/** Runs `work` with a volume that is mounted through fuse-native. */
export function withNative(
  t: ExecutionContext,
  options: MountOptions,
  work: (mounted: Mounted) => Promise<void>,
): Promise<void> {
  return withMount(t, { ...options, transport: 'fuse-native' }, work);
}
