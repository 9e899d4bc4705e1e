/** The bytes that are written: incompressible, and different from file to file. */
import { randomFillSync } from 'node:crypto';

/** As many distinct buffers as there are callers at most, so that no two in flight are the same. */
const BUFFERS_MAX = 1024;
/** Fewer of big pieces, which one caller writes. */
const TOTAL_BYTES_MAX = 33_554_432;

export interface Payload {
  /** Content of the file with this index; do not change it. */
  of(index: number): Buffer;
}

const payloads = new Map<number, Payload>();

/** Buffers of `sizeBytes`, made once per size. */
export function payloadOf(sizeBytes: number): Payload {
  const known = payloads.get(sizeBytes);
  if (known !== undefined) return known;
  const count = Math.min(BUFFERS_MAX, Math.floor(TOTAL_BYTES_MAX / sizeBytes));
  // Each has memory of its own: slices of one big allocation would be cloned whole by postMessage.
  const buffers = Array.from({ length: count }, () => randomFillSync(Buffer.alloc(sizeBytes)));
  const payload: Payload = { of: (index) => buffers[index % count] as Buffer };
  payloads.set(sizeBytes, payload);
  return payload;
}

/** Names sort and cost the same whatever their number. */
export function fileName(index: number): string {
  return `file-${String(index).padStart(7, '0')}`;
}
