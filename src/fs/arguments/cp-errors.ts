/** The refusals of `cp`, one function each, with Node's code, errno, wording and path. */
import { cpError, type SystemError } from './system-error.js';

export function cpSameFile(dest: string): SystemError {
  return cpError('ERR_FS_CP_EINVAL', 'EINVAL', 'src and dest cannot be the same', dest);
}

/** `path` is what the error points at: `dest`, or the symbolic link that leads there. */
export function cpIntoItself(src: string, dest: string, path: string = dest): SystemError {
  const message = `cannot copy ${src} to a subdirectory of self ${dest}`;
  return cpError('ERR_FS_CP_EINVAL', 'EINVAL', message, path);
}

export function cpDirectoryOverFile(src: string, dest: string): SystemError {
  const message = `cannot overwrite non-directory ${dest} with directory ${src}`;
  return cpError('ERR_FS_CP_DIR_TO_NON_DIR', 'EISDIR', message, dest);
}

export function cpFileOverDirectory(src: string, dest: string): SystemError {
  const message = `cannot overwrite directory ${dest} with non-directory ${src}`;
  return cpError('ERR_FS_CP_NON_DIR_TO_DIR', 'ENOTDIR', message, dest);
}

/** A directory without `recursive`. */
export function cpNotRecursive(src: string): SystemError {
  return cpError('ERR_FS_EISDIR', 'EISDIR', `${src} is a directory (not copied)`, src);
}

/** `errorOnExist` and not `force`. */
export function cpExists(dest: string): SystemError {
  return cpError('ERR_FS_CP_EEXIST', 'EEXIST', `${dest} already exists`, dest);
}

/** `oldTarget` and `newTarget` are where the link at `dest` points now and would point. */
export function cpLinkToSubdirectory(
  oldTarget: string,
  newTarget: string,
  dest: string,
): SystemError {
  const message = `cannot overwrite ${oldTarget} with ${newTarget}`;
  return cpError('ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY', 'EINVAL', message, dest);
}

export function cpSocket(dest: string): SystemError {
  return cpError('ERR_FS_CP_SOCKET', 'EINVAL', `cannot copy a socket file: ${dest}`, dest);
}

export function cpFifo(dest: string): SystemError {
  return cpError('ERR_FS_CP_FIFO_PIPE', 'EINVAL', `cannot copy a FIFO pipe: ${dest}`, dest);
}

export function cpUnknownType(dest: string): SystemError {
  return cpError('ERR_FS_CP_UNKNOWN', 'EINVAL', `cannot copy an unknown file type: ${dest}`, dest);
}
