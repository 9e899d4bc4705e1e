/**
 * Modes of what this software makes on the host. A volume holds files that only some may read, whatever its
 * own mode is; so nobody but its owner may read it until he says otherwise. The log and its index get the
 * mode of the volume, and so do copies of it.
 */
export const PRIVATE_FILE_MODE = 0o600;
export const PRIVATE_DIRECTORY_MODE = 0o700;
/** The bits of a mode that a copy gets. */
export const PERMISSION_BITS = 0o777;
