/** What holds from the beginning of a mount to its end, whichever way it is served. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { type MountOptions, unmountDirectory } from '#src/index.js';
import { type Mounted, shell, shellSync } from './mounting.js';

type Implementation = (t: ExecutionContext) => Promise<void>;
type WithMounted = (
  t: ExecutionContext,
  options: MountOptions,
  work: (mounted: Mounted) => Promise<void>,
) => Promise<void>;

/** `again`: how to mount the same way once more. */
export function testLives(
  test: (title: string, implementation: Implementation) => void,
  withMounted: WithMounted,
  again: MountOptions,
): void {
  test('who mounts may use it: synchronously, and from programs it waits for', (t) =>
    withMounted(t, { threads: 1 }, (mounted) => useSynchronously(t, mounted)));
  test('what was written is in the volume when it has been unmounted', (t) =>
    withMounted(t, {}, (mounted) => unmountAndLook(t, mounted)));
  test('somebody else unmounts it: `closed` resolves, and it can be mounted again', (t) =>
    withMounted(t, {}, (mounted) => unmountElsewhere(t, mounted, again)));
}

async function useSynchronously(t: ExecutionContext, { volume, dir }: Mounted): Promise<void> {
  writeFileSync(join(dir, 'a'), 'x'.repeat(300_000));
  t.is(readFileSync(join(dir, 'a'), 'utf8').length, 300_000);
  volume.fs.writeFileSync('/b', 'from the library');
  t.is(readFileSync(join(dir, 'b'), 'utf8'), 'from the library');
  const { stdout, stderr, status } = shellSync('cd "$1"; mkdir c; cp a c/a; ls c; cat b', dir);
  t.is(status, 0, stderr);
  t.is(stdout, 'a\nfrom the library');
  t.deepEqual(volume.fs.readdirSync('/c'), ['a']);
  t.deepEqual(readdirSync(dir), ['a', 'b', 'c']);
}

async function unmountAndLook(t: ExecutionContext, { volume, mount, dir }: Mounted): Promise<void> {
  await shell(t, 'seq 100000 > "$1/numbers"', dir);
  await mount.unmount();
  t.is(mount.state, 'unmounted');
  await mount.closed;
  await mount.unmount();
  t.is(mount.threads, 0);
  const numbers = await volume.fs.promises.readFile('/numbers', 'utf8');
  t.is(numbers.split('\n').length, 100_001);
  t.deepEqual(readdirSync(dir), [], 'the directory below is seen again');
}

async function unmountElsewhere(
  t: ExecutionContext,
  { volume, mount, dir }: Mounted,
  options: MountOptions,
): Promise<void> {
  await shell(t, 'umount "$1"', dir);
  await mount.closed;
  t.is(mount.state, 'unmounted');
  const again = await volume.mount(dir, options);
  t.deepEqual(await unmountDirectory(dir), { dir, source: volume.path, wasStale: false });
  await again.closed;
  await t.throwsAsync(unmountDirectory(dir), { code: 'ERR_NOT_MOUNTED', message: /findmnt/ });
}
