/** Which way a mount is served: by threads of this process, or by a process of its own. */
import type { ResolvedMountOptions } from '../core/mount-options.js';
import { noTransport } from './kernel/mount-errors.js';
import { findHelper, mayMount } from './kernel/system-commands.js';

export interface Transport {
  readonly name: 'kernel' | 'fuse-native';
  readonly isInProcess: boolean;
}

const KERNEL_HERE: Transport = { name: 'kernel', isInProcess: true };
const KERNEL_BY_HELPER: Transport = { name: 'kernel', isInProcess: false };
const FUSE_NATIVE: Transport = { name: 'fuse-native', isInProcess: false };

/**
 * The kernel's protocol wherever it can be had: here for who may mount, by `fusermount` and the package
 * usocket for others; fuse-native otherwise, and where it is asked for. ERR_MOUNT_FAILED when there is none.
 */
export function chooseTransport(dir: string, { transport }: ResolvedMountOptions): Transport {
  if (transport === 'fuse-native') return FUSE_NATIVE;
  if (mayMount()) return KERNEL_HERE;
  // What is missing is said by who needs it.
  if (transport === 'kernel') return KERNEL_BY_HELPER;
  if (findHelper() === undefined) throw noTransport(dir);
  if (isInstalled('usocket')) return KERNEL_BY_HELPER;
  if (isInstalled('fuse-native')) return FUSE_NATIVE;
  throw noTransport(dir);
}

/** An optional package that could not be compiled is not there. */
function isInstalled(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}
