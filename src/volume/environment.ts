/** What the calls of `volume.fs` work in: defaults of new files, facts, the table of descriptors. */
import type { ResolvedOptions } from '../core/options.js';
import type { CallEnvironment } from '../fs/calls/step.js';
import { DescriptorTable } from '../fs/descriptors.js';
import type { ReaderPool } from '../readers/pool.js';
import type { WriterClient } from '../writer/client.js';

export function createEnvironment(
  options: ResolvedOptions,
  pool: ReaderPool,
  writer: WriterClient | undefined,
): CallEnvironment {
  const { uid, gid, umask } = options;
  return {
    creator: (mode) => ({ mode: mode & ~umask, uid, gid }),
    facts: pool.store.facts,
    isReadOnly: options.readOnly,
    descriptors: new DescriptorTable(options.handlesMax),
    release: (ino) => writer?.release(ino),
  };
}
