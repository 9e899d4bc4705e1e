/**
 * Errors on their way between threads. A structured clone drops the class and the code of an Error, so
 * a failure travels as plain fields and is made an error again on the other side.
 */
import { Errno, type ErrnoCode, type ErrnoPlace, errno, errnoAt } from './errno.js';
import { BugError, VolumeError, type VolumeErrorCode, type VolumeErrorDetails } from './errors.js';

export interface Failure {
  readonly failure:
    | { readonly kind: 'errno'; readonly code: ErrnoCode; readonly place?: ErrnoPlace }
    | {
        readonly kind: 'volume';
        readonly code: VolumeErrorCode;
        readonly message: string;
        readonly details: VolumeErrorDetails;
        readonly cause?: string;
      }
    | { readonly kind: 'bug'; readonly message: string; readonly stack?: string };
  /** Index of the failing step, when the command was a transaction. */
  readonly step?: number;
}

export function isFailure(result: unknown): result is Failure {
  return typeof result === 'object' && result !== null && 'failure' in result;
}

export function encodeFailure(error: unknown, step?: number): Failure {
  const at = step === undefined ? {} : { step };
  if (error instanceof Errno) return { failure: encodeErrno(error), ...at };
  if (error instanceof VolumeError) return { failure: encodeVolumeError(error), ...at };
  const refused = systemRefusal(error);
  if (refused !== undefined) return { failure: encodeVolumeError(refused), ...at };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { failure: { kind: 'bug', message, ...(stack === undefined ? {} : { stack }) }, ...at };
}

const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];
const REFUSALS: readonly string[] = [
  ...NO_ROOM,
  'EIO',
  'EROFS',
  'EACCES',
  'EPERM',
  'EMFILE',
  'ENFILE',
  'ENOLCK',
  'ENOMEM',
];

/** What the system refused to do with a file is no bug of ours, though nobody had an answer to it. */
function systemRefusal(error: unknown): VolumeError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = '', syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === undefined || !REFUSALS.includes(code)) return undefined;
  const where = path === undefined ? '' : ` of '${path}'`;
  return new VolumeError(
    NO_ROOM.includes(code) ? 'ERR_NO_SPACE' : 'ERR_IO',
    `The system refused ${syscall}${where} (${code}).`,
    { cause: error, path, hint: 'Check the disk and its permissions, and try again.' },
  );
}

function encodeErrno({ code, place }: Errno): Failure['failure'] {
  return { kind: 'errno', code, ...(place === undefined ? {} : { place }) };
}

function encodeVolumeError(error: VolumeError): Failure['failure'] {
  const { code, message, hint, path, expected, actual, cause } = error;
  return {
    kind: 'volume',
    code,
    // The constructor on the other side appends the hint again.
    message: hint === undefined ? message : message.slice(0, -hint.length - 1),
    details: {
      ...(hint === undefined ? {} : { hint }),
      ...(path === undefined ? {} : { path }),
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
    },
    ...(cause instanceof Error ? { cause: cause.message } : {}),
  };
}

export function decodeFailure({ failure }: Failure): Error {
  switch (failure.kind) {
    case 'errno':
      return failure.place === undefined
        ? errno(failure.code)
        : errnoAt(failure.code, failure.place);
    case 'volume': {
      const { cause } = failure;
      return new VolumeError(failure.code, failure.message, {
        ...failure.details,
        ...(cause === undefined ? {} : { cause: new Error(cause) }),
      });
    }
    case 'bug':
      return new BugError(
        failure.message,
        failure.stack === undefined ? {} : { cause: failure.stack },
      );
  }
}
