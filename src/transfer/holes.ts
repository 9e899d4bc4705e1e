/** Holes of the host's files, found by their zeros: Node has no way to ask for them. */

const ZEROS: Buffer = Buffer.alloc(64 * 1024);

/** Whether `bytes` are all zero. */
export function isZero(bytes: Uint8Array): boolean {
  for (let offset = 0; offset < bytes.length; offset += ZEROS.length) {
    const part = bytes.subarray(offset, offset + ZEROS.length);
    if (ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

/**
 * The parts of `piece` that are not zero, cut at multiples of `grainBytes`; neighbours are joined.
 * INVARIANT: the piece begins at such a multiple of its file.
 */
export function* storedParts(
  piece: Uint8Array,
  grainBytes: number,
): Generator<{ readonly start: number; readonly end: number }> {
  let start: number | undefined;
  for (let offset = 0; offset < piece.length; offset += grainBytes) {
    const hole = isZero(piece.subarray(offset, offset + grainBytes));
    if (hole && start !== undefined) {
      yield { start, end: offset };
      start = undefined;
    } else if (!hole) start ??= offset;
  }
  if (start !== undefined) yield { start, end: piece.length };
}
