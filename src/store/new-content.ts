/** What a new inode stores of its content. */
import type { BlobId } from '../core/ino.js';

/** Content of a file to be created. */
export interface NewContent {
  readonly size: number;
  readonly chunks: number;
  readonly head: BlobId | null;
  readonly inlineCrc32c: number | null;
  readonly inline: Uint8Array | null;
}

/** Content of an inode that has none. */
export const EMPTY_CONTENT: NewContent = {
  size: 0,
  chunks: 0,
  head: null,
  inlineCrc32c: null,
  inline: null,
};
