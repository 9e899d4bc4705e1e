/** Limits of the protocol that are the kernel's, not ours. */

/** Longest name that the kernel hands to a filesystem (FUSE_NAME_MAX), in bytes. */
export const FUSE_NAME_BYTES_MAX = 1024;
/** Largest read or write that is negotiated: 256 pages of 4 KiB, in bytes. */
export const TRANSFER_BYTES_MAX: number = 1024 * 1024;
/** A buffer for a request must hold the largest write with its headers, and 8 KiB at least. */
export const REQUEST_BYTES_MAX: number = TRANSFER_BYTES_MAX + 4096;
