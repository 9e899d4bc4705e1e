/** init destroy: the mount itself. */
import { errno } from '../../core/errno.js';
import { INIT_FLAG, MAJOR, MINOR, MINOR_OLDEST } from '../protocol/flags.js';
import { TRANSFER_BYTES_MAX } from '../protocol/limits.js';
import { encodeError, encodeStruct } from '../protocol/reply.js';
import type { Request } from '../protocol/request.js';
import { INIT_OUT } from '../protocol/structs.js';
import type { Session } from '../session.js';

/**
 * Taken where the kernel offers them. With HANDLE_KILLPRIV_V2 it says of writes and truncations whether who asks
 * may keep set-id bits, and does not ask for capabilities before each write.
 */
const WANTED =
  INIT_FLAG.asyncRead |
  INIT_FLAG.bigWrites |
  INIT_FLAG.dontMask |
  INIT_FLAG.doReaddirplus |
  INIT_FLAG.readdirplusAuto |
  INIT_FLAG.parallelDirops |
  INIT_FLAG.maxPages |
  INIT_FLAG.cacheSymlinks |
  INIT_FLAG.handleKillprivV2 |
  // Pages go when the attributes say that the file is another one; what others change is told besides.
  INIT_FLAG.autoInvalData;

/** Without these the kernel keeps the locks of a mount by itself. */
const LOCKS = INIT_FLAG.posixLocks | INIT_FLAG.flockLocks;

const PAGE_BYTES = 4096;
const READAHEAD_BYTES_MAX = TRANSFER_BYTES_MAX;
/** Requests that the kernel may have on the way without anybody waiting: readahead and written pages. */
const BACKGROUND_MAX = 16;
const CONGESTION = 12;
/** Granularity of times, in nanoseconds. */
const TIME_GRAN_NS = 1;

export function init(session: Session, { unique, args }: Request<'init'>): number {
  const { major, minor, flags, maxReadahead } = args;
  if (major < MAJOR || (major === MAJOR && minor < MINOR_OLDEST)) throw errno('EINVAL');
  // The kernel sends another INIT with our version.
  const isNewer = major > MAJOR;
  return encodeStruct(session.page, unique, INIT_OUT, {
    major: MAJOR,
    minor: MINOR,
    maxReadahead: isNewer ? 0 : Math.min(maxReadahead, READAHEAD_BYTES_MAX),
    flags: isNewer ? 0 : flags & wantedBy(session),
    maxBackground: BACKGROUND_MAX,
    congestionThreshold: CONGESTION,
    maxWrite: TRANSFER_BYTES_MAX,
    timeGran: TIME_GRAN_NS,
    maxPages: TRANSFER_BYTES_MAX / PAGE_BYTES,
    mapAlignment: 0,
    flags2: 0,
  });
}

function wantedBy({ options: { writeback, locks } }: Session): number {
  return (
    WANTED | (writeback === true ? INIT_FLAG.writebackCache : 0) | (locks === 'local' ? 0 : LOCKS)
  );
}

export function destroy(session: Session, { unique }: Request<'destroy'>): number {
  return encodeError(session.page, unique, 0);
}
