/** What a volume says about itself, without opening it for writing or asking for the newest schema. */
import { statSync } from 'node:fs';
import { VolumeError } from '../core/errors.js';
import { resolveOptions } from '../core/options.js';
import { readTrustedState } from '../schema/identity.js';
import { readMigrations } from '../schema/migration-files.js';
import { openConnection } from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';
import { walBytes } from '../sqlite/wal.js';
import { readVolumeFacts } from '../store/meta-table.js';
import { locate } from './locate.js';

export interface VolumeDescription {
  /** Absolute path of the volume's file. */
  readonly path: string;
  /** 32 hexadecimal digits. */
  readonly volumeId: string;
  /** Name and version of the software that created it. */
  readonly createdBy: string;
  readonly schemaVersion: number;
  /** Names of the migrations that this software knows and the volume does not have yet. */
  readonly pendingMigrations: readonly string[];
  readonly pageSizeBytes: number;
  readonly chunkSizeBytes: number;
  /** Size of the file on disk, in bytes. */
  readonly fileBytes: number;
  /** Size of the write-ahead log beside it, in bytes. */
  readonly walBytes: number;
  /** Pages that hold nothing, in bytes. */
  readonly freeBytes: number;
}

const CACHE_BYTES = 1024 * 1024;

/**
 * Describes the volume at `path`. Throws like `openVolume` for what is no volume, and for one that is
 * newer than this software; an older one is described with what is pending.
 */
export function inspectVolume(path: string): VolumeDescription {
  const options = resolveOptions({ readOnly: true });
  const { path: absolute } = locate(path, options);
  const { busyTimeoutMs } = options;
  const connection = openConnection(absolute, {
    role: 'reader',
    cacheBytes: CACHE_BYTES,
    busyTimeoutMs,
  });
  try {
    return guarded(absolute, () => {
      const migrations = readMigrations();
      const state = readTrustedState(connection, migrations);
      if (state.version === 0) throw notAVolume(absolute);
      const { volumeId, createdBy, chunkSizeBytes } = readVolumeFacts(connection);
      const pageSizeBytes = Number(connection.pragma('page_size'));
      return {
        path: absolute,
        volumeId,
        createdBy,
        schemaVersion: state.version,
        pendingMigrations: migrations.slice(state.version).map(({ name }) => name),
        pageSizeBytes,
        chunkSizeBytes,
        fileBytes: statSync(absolute).size,
        walBytes: walBytes(absolute),
        freeBytes: Number(connection.pragma('freelist_count')) * pageSizeBytes,
      };
    });
  } finally {
    connection.close();
  }
}

function notAVolume(path: string): VolumeError {
  return new VolumeError('ERR_NOT_A_VOLUME', `'${path}' is empty.`, {
    path,
    hint: 'Check the path, or make a volume there with `cabinet create`.',
  });
}
