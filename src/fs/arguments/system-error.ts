/**
 * `SystemError`: what `rm` and `cp` throw when they refuse on their own, before any system call would.
 * It carries the refused request in `info`, and `errno`, `syscall` and `path` read and write it there.
 */
import { constants } from 'node:os';
import { type InspectOptions, inspect } from 'node:util';
import { showCodeInStack } from './node-error.js';

/** Text each code begins its message with. */
const SYSTEM_ERROR_TEXTS = {
  ERR_FS_CP_DIR_TO_NON_DIR: 'Cannot overwrite non-directory with directory',
  ERR_FS_CP_EEXIST: 'Target already exists',
  ERR_FS_CP_EINVAL: 'Invalid src or dest',
  ERR_FS_CP_FIFO_PIPE: 'Cannot copy a FIFO pipe',
  ERR_FS_CP_NON_DIR_TO_DIR: 'Cannot overwrite directory with non-directory',
  ERR_FS_CP_SOCKET: 'Cannot copy a socket file',
  ERR_FS_CP_SYMLINK_TO_SUBDIRECTORY: 'Cannot overwrite symlink in subdirectory of self',
  ERR_FS_CP_UNKNOWN: 'Cannot copy an unknown file type',
  ERR_FS_EISDIR: 'Path is a directory',
} as const;

export type SystemErrorCode = keyof typeof SYSTEM_ERROR_TEXTS;

export interface SystemErrorInfo {
  message: string;
  path?: string;
  syscall: string;
  /** Positive, unlike the `errno` of an `FsError`. */
  errno: number;
  code: string;
}

export class SystemError extends Error {
  readonly code: SystemErrorCode;
  declare readonly info: SystemErrorInfo;
  declare errno: number;
  declare syscall: string;
  declare path?: string;

  constructor(code: SystemErrorCode, info: SystemErrorInfo) {
    super(systemErrorMessage(code, info));
    this.code = code;
    showCodeInStack(this);
    Object.defineProperty(this, 'info', { value: info, enumerable: true, configurable: true });
    mirror(this, info, 'errno');
    mirror(this, info, 'syscall');
    if (info.path !== undefined) mirror(this, info, 'path');
  }

  override toString(): string {
    return `${this.name} [${this.code}]: ${this.message}`;
  }
}

Object.defineProperties(SystemError.prototype, {
  name: { value: 'SystemError', writable: true, configurable: true },
  // Shows the mirrored properties by value.
  [inspect.custom]: {
    value(this: SystemError, _depth: number, options: InspectOptions): string {
      return inspect(this, { ...options, getters: true, customInspect: false });
    },
    configurable: true,
  },
});

function systemErrorMessage(code: SystemErrorCode, info: SystemErrorInfo): string {
  const text = `${SYSTEM_ERROR_TEXTS[code]}: ${info.syscall} returned ${info.code} (${info.message})`;
  return info.path === undefined ? text : `${text} ${info.path}`;
}

function mirror<K extends keyof SystemErrorInfo>(
  error: SystemError,
  info: SystemErrorInfo,
  key: K,
): void {
  Object.defineProperty(error, key, {
    get: () => info[key],
    set: (value: SystemErrorInfo[K]) => {
      info[key] = value;
    },
    enumerable: true,
    configurable: true,
  });
}

/** ERR_FS_EISDIR of `rm` without `recursive`. */
export function rmIsDirectory(path: string): SystemError {
  return new SystemError('ERR_FS_EISDIR', {
    code: 'EISDIR',
    message: 'is a directory',
    path,
    syscall: 'rm',
    errno: constants.errno.EISDIR,
  });
}

type CpErrno = 'EEXIST' | 'EINVAL' | 'EISDIR' | 'ENOTDIR';

/** A refusal of `cp`; `message` says in words what was refused, `path` is the place it concerns. */
export function cpError(
  code: SystemErrorCode,
  errnoCode: CpErrno,
  message: string,
  path: string,
): SystemError {
  const errno = constants.errno[errnoCode];
  return new SystemError(code, { message, path, syscall: 'cp', errno, code: errnoCode });
}
