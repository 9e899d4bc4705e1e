/** What a kernel would find wrong with a reply. */
import { constants } from 'node:os';
import type { RequestName } from '#src/fuse/protocol/opcodes.js';
import type { Reply } from './stage.js';

const ATTR_BYTES = 88;
const ENTRY_BYTES = 40 + ATTR_BYTES;

/** Length of what follows the header of a reply that is no error; undefined: any. */
const BODY_BYTES: Readonly<Record<RequestName, number | undefined>> = {
  lookup: ENTRY_BYTES,
  forget: undefined,
  getattr: 16 + ATTR_BYTES,
  setattr: 16 + ATTR_BYTES,
  readlink: undefined,
  symlink: ENTRY_BYTES,
  mknod: ENTRY_BYTES,
  mkdir: ENTRY_BYTES,
  unlink: 0,
  rmdir: 0,
  rename: 0,
  link: ENTRY_BYTES,
  open: 16,
  read: undefined,
  write: 8,
  statfs: 80,
  release: 0,
  fsync: 0,
  setxattr: 0,
  getxattr: undefined,
  listxattr: undefined,
  removexattr: 0,
  flush: 0,
  init: 64,
  opendir: 16,
  readdir: undefined,
  releasedir: 0,
  fsyncdir: 0,
  getlk: 24,
  setlk: 0,
  setlkw: 0,
  access: 0,
  create: ENTRY_BYTES + 16,
  interrupt: undefined,
  destroy: 0,
  batchForget: undefined,
  fallocate: 0,
  readdirplus: undefined,
  rename2: 0,
  lseek: 8,
  copyFileRange: 8,
  syncfs: 0,
  statx: 288,
};

/** Requests that nobody answers, or not at once. */
const SILENT: readonly RequestName[] = ['forget', 'batchForget', 'interrupt', 'setlkw'];
const ERRNOS: ReadonlySet<number> = new Set(Object.values(constants.errno));

/** What is wrong with a reply; undefined: nothing. */
export function faultOf(name: RequestName, unique: bigint, reply: Reply): string | undefined {
  const { bytes, errno, body } = reply;
  if (bytes === undefined) return SILENT.includes(name) ? undefined : 'no answer';
  if (bytes.readUInt32LE(0) !== bytes.length) return 'a length that is not its own';
  if (reply.unique !== unique) return 'the answer to another request';
  if (errno !== 0)
    return errno > 0 && ERRNOS.has(errno) && body.length === 0 ? undefined : 'an odd error';
  const expected = BODY_BYTES[name];
  return expected === undefined || expected === body.length ? undefined : `${body.length} bytes`;
}
