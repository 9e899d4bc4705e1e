/** Bytes of chunks: zeros where nothing is stored, and new bytes laid over old ones. */

/** Copies `stored` into `target` and fills what is left with zeros. */
export function copyPadded(stored: Uint8Array | undefined, target: Uint8Array): void {
  if (stored === undefined) {
    target.fill(0);
    return;
  }
  const length = Math.min(stored.length, target.length);
  target.set(length === stored.length ? stored : stored.subarray(0, length));
  if (length < target.length) target.fill(0, length);
}

/**
 * `old` with `data` laid over it at `offset`; zeros between them. `old` is a row that was just read, so
 * it may be changed.
 */
export function overlay(old: Uint8Array | undefined, offset: number, data: Uint8Array): Uint8Array {
  const end = offset + data.length;
  const oldLength = old?.length ?? 0;
  if (offset === 0 && oldLength <= end) return data;
  if (old !== undefined && end <= oldLength) {
    old.set(data, offset);
    return old;
  }
  const merged = Buffer.allocUnsafe(Math.max(end, oldLength));
  if (old !== undefined) merged.set(old);
  if (offset > oldLength) merged.fill(0, oldLength, offset);
  merged.set(data, offset);
  return merged;
}
