/** Where an error of a call points: its syscall and the paths as the caller wrote them. */
import { Errno } from '../../core/errno.js';
import { FsError, type FsErrorPlace } from '../../core/errors.js';
import { displayPath, pathText } from '../arguments/path.js';

type ValidPath = string | Uint8Array;

export function placeOf(syscall: string, path?: ValidPath, dest?: ValidPath): FsErrorPlace {
  return {
    syscall,
    path: path === undefined ? undefined : displayPath(path),
    dest: dest === undefined ? undefined : displayPath(dest),
  };
}

/** Text of a validated path; a name that the volume cannot hold is the answer of the filesystem. */
export function textOrError(path: ValidPath, place: FsErrorPlace): string {
  try {
    return pathText(path);
  } catch (error) {
    throw placed(error, place);
  }
}

function placed(error: unknown, place: FsErrorPlace): unknown {
  return error instanceof Errno ? new FsError(error.code, place) : error;
}
