/** Rows of `meta`: facts about the whole volume, fixed at its creation. */
import { VolumeError } from '../core/errors.js';
import { CHUNK_SIZE_BYTES_MAX, CHUNK_SIZE_BYTES_MIN } from '../core/limits.js';
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

export const VOLUME_ID_BYTES = 16;

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

function isVolumeId(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.length === VOLUME_ID_BYTES;
}

/** A power of two within the limits. */
export function isChunkSize(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(Math.log2(value)) &&
    value >= CHUNK_SIZE_BYTES_MIN &&
    value <= CHUNK_SIZE_BYTES_MAX
  );
}

export function readVolumeFacts(connection: Connection): VolumeFacts {
  const volumeId = get(connection, 'volume_id');
  const chunkSizeBytes = get(connection, 'chunk_size_bytes');
  const createdBy = get(connection, 'created_by');
  // What a size that cannot be would do: chunks without end, or memory without end for one.
  if (!isVolumeId(volumeId) || !isChunkSize(chunkSizeBytes)) {
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
