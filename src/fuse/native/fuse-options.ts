/** Options of libfuse 2. The package knows only some of them, and drops those that are 0 or false. */
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import { SUBTYPE } from '../kernel/mount-table.js';

/** As an argument of a program: `-o` and the words. */
export function fuseOptionsOf(options: ResolvedMountOptions): string {
  const words = [
    `subtype=${SUBTYPE}`,
    `fsname=${options.fsName.replace(/[\\,]/g, '\\$&')}`,
    // Writes of 128 KiB instead of 4 KiB.
    'big_writes',
    // Inodes have our numbers, also in listings: programs know hard links by them.
    'use_ino',
    // Nobody could tell the kernel of changes, so it is to remember nothing, whatever `cacheMs` says.
    'attr_timeout=0',
    'entry_timeout=0',
    'negative_timeout=0',
    // Whether it may hold something was looked at before.
    'nonempty',
    options.readOnly ? 'ro' : 'rw',
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.suid ? ['suid'] : []),
    ...(options.dev ? ['dev'] : []),
  ];
  return `-o${words.join(',')}`;
}
