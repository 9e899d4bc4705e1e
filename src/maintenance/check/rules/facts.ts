/** I26: `meta` says what the volume is. Nothing here can be guessed, so nothing is repaired. */
import { CHUNK_SIZE_BYTES_MAX, CHUNK_SIZE_BYTES_MIN } from '../../../core/limits.js';
import type { Connection } from '../../../sqlite/connection.js';
import { isChunkSize, VOLUME_ID_BYTES } from '../../../store/meta-table.js';
import type { Check } from '../finding.js';

const META = 'SELECT key, value FROM meta';

interface Fact {
  readonly key: string;
  readonly rule: string;
  holds(value: unknown): boolean;
}

const FACTS: readonly Fact[] = [
  {
    key: 'volume_id',
    rule: `${VOLUME_ID_BYTES} bytes`,
    holds: (value) => value instanceof Uint8Array && value.length === VOLUME_ID_BYTES,
  },
  {
    key: 'chunk_size_bytes',
    rule: `a power of two from ${CHUNK_SIZE_BYTES_MIN} to ${CHUNK_SIZE_BYTES_MAX}`,
    holds: isChunkSize,
  },
  {
    key: 'created_by',
    rule: 'a text that is not empty',
    holds: (value) => typeof value === 'string' && value !== '',
  },
];

function readMeta(connection: Connection): ReadonlyMap<string, unknown> {
  return new Map(connection.statement<[], [string, unknown]>(META).all());
}

/** The size of a chunk, 0 when `meta` does not tell a possible one. */
export function chunkSizeOf(connection: Connection): number {
  const value = readMeta(connection).get('chunk_size_bytes');
  return isChunkSize(value) ? value : 0;
}

export const facts: Check = {
  invariants: ['I26'],
  *find({ connection }) {
    const meta = readMeta(connection);
    for (const { key, rule, holds } of FACTS) {
      if (holds(meta.get(key))) continue;
      const what = meta.has(key) ? `is not ${rule}` : 'is missing';
      yield { invariant: 'I26', ino: null, path: null, detail: `'${key}' in meta ${what}` };
    }
  },
};
