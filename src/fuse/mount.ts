/** `volume.mount`: from a directory and options to a mount. */
import { isMainThread } from 'node:worker_threads';
import { type MountOptions, resolveMountOptions } from '../core/mount-options.js';
import type { VolumeMount } from '../volume/fronts.js';
import type { Volume } from '../volume/volume.js';
import { KernelMount } from './kernel/kernel-mount.js';
import { mountFailed } from './kernel/mount-errors.js';
import { prepareMountPoint } from './kernel/mount-point.js';
import { ProcessMount } from './process/process-mount.js';
import { chooseTransport } from './transport.js';

export async function mount(
  volume: Volume,
  dir: string,
  options: MountOptions,
): Promise<VolumeMount> {
  const isReadOnly = volume.options.readOnly;
  const resolved = resolveMountOptions(options, { path: volume.path, isReadOnly });
  checkPossible(dir);
  const { nonempty } = resolved;
  const place = await prepareMountPoint(dir, { volumePath: volume.path, nonempty });
  const transport = chooseTransport(place, resolved);
  if (transport.isInProcess) return KernelMount.start(volume, place, resolved);
  return ProcessMount.start(volume, place, transport.name, resolved);
}

/** Where there is no such protocol, or nobody to see to the end of the mount. */
function checkPossible(dir: string): void {
  if (process.platform !== 'linux') {
    throw mountFailed(String(dir), 'only Linux has this protocol', 'Use the library, or export.');
  }
  if (isMainThread) return;
  throw mountFailed(
    String(dir),
    'only the main thread of a program can mount',
    'Open the volume and mount it there; other threads use the mount or `connect`.',
  );
}
