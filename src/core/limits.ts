/**
 * Named limits of the format and of one request. Limits that a user may set are in `options.ts`.
 * The relations between them are asserted at the end.
 */
import { invariant } from './errors.js';

/** Longest name of a directory entry, in UTF-8 bytes (Linux NAME_MAX). */
export const NAME_BYTES_MAX = 255;
/** Longest path, in UTF-8 bytes, the closing NUL that C counts included (Linux PATH_MAX). */
export const PATH_BYTES_MAX = 4096;
/** Most symbolic links followed in one resolution (Linux MAXSYMLINKS). */
export const SYMLINK_DEPTH_MAX = 40;
/** Largest file, in bytes: what ext4 with 4 KiB blocks allows, so that EFBIG comes where users know it. */
export const FILE_SIZE_MAX: number = 2 ** 44 - 4096;
/** Most names one inode may have (ext4 allows 65,000; ours is bounded only by the column). */
export const LINK_COUNT_MAX: number = 2 ** 31 - 1;
/** Longest name of an extended attribute, in bytes (Linux XATTR_NAME_MAX). */
export const XATTR_NAME_BYTES_MAX = 255;
/** Largest value of an extended attribute, in bytes (Linux XATTR_SIZE_MAX). */
export const XATTR_VALUE_BYTES_MAX = 65_536;
/**
 * Largest file whose bytes live in its inode row, in bytes. Measured: at 100 bytes a file it saves a
 * tenth of the space and a sixth of the time; above 512 metadata scans suffer and nothing is gained.
 */
export const INLINE_BYTES_MAX = 512;
/** Most chunks an operation frees inside its own commit; what is bigger is left to the reaper. */
export const FREE_CHUNKS_AT_ONCE_MAX = 64;
/** Most directory entries a recursive removal deletes inside its own commit; the reaper does the rest. */
export const REMOVE_ENTRIES_AT_ONCE_MAX = 512;
/** The last byte there is, for a lock: up to the end of the file, however far that is. */
export const LOCK_RANGE_END: number = Number.MAX_SAFE_INTEGER;
/** Most ranges of one file that one owner may have locked; then ENOLCK. */
export const LOCK_RANGES_MAX = 65_536;
/** Chunk sizes a volume may be created with, in bytes; powers of two. */
export const CHUNK_SIZE_BYTES_MIN = 4096;
export const CHUNK_SIZE_BYTES_MAX = 1_048_576;
/** Page sizes a volume may be created with, in bytes; powers of two. */
export const PAGE_SIZE_BYTES_MIN = 4096;
export const PAGE_SIZE_BYTES_MAX = 65_536;

invariant(INLINE_BYTES_MAX < CHUNK_SIZE_BYTES_MIN, 'an inline file is smaller than any chunk');
invariant(FILE_SIZE_MAX < Number.MAX_SAFE_INTEGER, 'a file offset is a safe integer');
