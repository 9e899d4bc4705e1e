/** Reading what a volume holds of one file, in pieces, without its holes. */
import type { Lease } from '../readers/pool.js';
import type { Inode } from '../store/inode-table.js';
import type { XattrList } from './xattrs.js';

/** Bytes of a file that are stored. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Whether the file has a hole. */
export function hasHole(inode: Inode, chunkSizeBytes: number): boolean {
  if (inode.chunks === 0) return inode.inlineBytes < inode.size;
  return inode.chunks < Math.ceil(inode.size / chunkSizeBytes);
}

/** The stored parts in order. */
export function* extents(lease: Lease, inode: Inode): Generator<Extent> {
  let offset = 0;
  while (offset < inode.size) {
    const from = offset;
    const start = lease.read((store) => store.content.nextData(inode, from));
    if (start === undefined) return;
    const end = Math.min(
      inode.size,
      lease.read((store) => store.content.nextHole(inode, start)),
    );
    yield { start, end };
    offset = end;
  }
}

/** The whole of a file that is known to be short. */
export function readWhole(lease: Lease, inode: Inode): Buffer {
  return lease.read((store) => store.content.read(inode, 0, inode.size));
}

/** Fills `target` from `offset`; the bytes are known to be there. */
export function readPiece(lease: Lease, inode: Inode, offset: number, target: Uint8Array): void {
  lease.read((store) => store.content.readInto(inode, offset, target));
}

export function readXattrs(lease: Lease, inode: Inode): XattrList {
  return lease.read((store) =>
    store.xattrs
      .names(inode.ino)
      .map((name) => [name, store.xattrs.get(inode.ino, name) ?? Buffer.alloc(0)] as const),
  );
}

export function readTarget(lease: Lease, inode: Inode): string {
  return lease.read((store) => store.symlinks.get(inode.ino)) ?? '';
}
