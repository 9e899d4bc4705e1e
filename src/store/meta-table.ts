/** Rows of `meta`: facts about the whole volume, fixed at its creation. */
import { VolumeError } from '../core/errors.js';
import type { Connection, SqlValue } from '../sqlite/connection.js';

export interface VolumeFacts {
  /** 32 hexadecimal digits. */
  readonly volumeId: string;
  /** `st_dev`: 32 bits of the volume's identity, never 0. */
  readonly dev: number;
  readonly chunkSizeBytes: number;
  /** Name and version of the software that created the volume. */
  readonly createdBy: string;
}

const GET = 'SELECT value FROM meta WHERE key = ?';
const INSERT = 'INSERT INTO meta (key, value) VALUES (?, ?)';

function get(connection: Connection, key: string): unknown {
  return connection.statement<[string], [unknown]>(GET).get(key)?.[0];
}

export function insertMeta(connection: Connection, key: string, value: SqlValue): void {
  connection.statement<[string, SqlValue], never>(INSERT).run(key, value);
}

const UNCLEAN = 'unclean_at';
const MARK_UNCLEAN = `
  INSERT INTO meta (key, value) VALUES ('${UNCLEAN}', CAST(? AS INTEGER)) ON CONFLICT DO NOTHING`;
const CLEAR_UNCLEAN = `DELETE FROM meta WHERE key = '${UNCLEAN}'`;

/** Notes that the volume had not been closed cleanly, until it has been checked. */
export function markUnclean(connection: Connection, nowMs: number): void {
  connection.statement<[number], never>(MARK_UNCLEAN).run(nowMs);
}

export function clearUnclean(connection: Connection): void {
  connection.statement<[], never>(CLEAR_UNCLEAN).run();
}

/** When that was noted, in milliseconds since 1970. */
export function uncleanSinceMs(connection: Connection): number | undefined {
  const value = get(connection, UNCLEAN);
  return typeof value === 'number' ? value : undefined;
}

export function readVolumeFacts(connection: Connection): VolumeFacts {
  const volumeId = get(connection, 'volume_id');
  const chunkSizeBytes = get(connection, 'chunk_size_bytes');
  const createdBy = get(connection, 'created_by');
  if (!(volumeId instanceof Uint8Array) || typeof chunkSizeBytes !== 'number') {
    throw new VolumeError('ERR_VOLUME_CORRUPT', `'${connection.path}' has lost its facts (meta).`, {
      path: connection.path,
      hint: 'Restore a backup; the file was not changed.',
    });
  }
  const id = Buffer.from(volumeId);
  return {
    volumeId: id.toString('hex'),
    dev: id.readUInt32BE(0) || 1,
    chunkSizeBytes,
    createdBy: typeof createdBy === 'string' ? createdBy : 'unknown',
  };
}
