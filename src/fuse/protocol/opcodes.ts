/**
 * Every request of the kernel: its number, the struct in front, and what follows it. One table decodes
 * them all.
 */
import type { Struct } from './struct.js';
import * as structs from './structs.js';

/**
 * What follows the struct of a request.
 *
 *   name      one name or text, ended by NUL
 *   names     two of them
 *   bytes     as many bytes as the field `size` of the struct says
 *   value     a name ended by NUL, then as many bytes as `size` says
 *   forgets   as many `fuse_forget_one` as `count` says
 */
export type Tail = 'nothing' | 'name' | 'names' | 'bytes' | 'value' | 'forgets';

export interface Opcode<S> {
  readonly number: number;
  readonly struct: S;
  readonly tail: Tail;
}

function opcode<S extends Struct<never> | undefined>(
  number: number,
  struct: S,
  tail: Tail = 'nothing',
): Opcode<S> {
  return { number, struct, tail };
}

/** The struct in front of each request; undefined: none. */
export interface RequestStructs {
  readonly lookup: undefined;
  readonly forget: typeof structs.FORGET_IN;
  readonly getattr: typeof structs.GETATTR_IN;
  readonly setattr: typeof structs.SETATTR_IN;
  readonly readlink: undefined;
  readonly symlink: undefined;
  readonly mknod: typeof structs.MKNOD_IN;
  readonly mkdir: typeof structs.MKDIR_IN;
  readonly unlink: undefined;
  readonly rmdir: undefined;
  readonly rename: typeof structs.RENAME_IN;
  readonly link: typeof structs.LINK_IN;
  readonly open: typeof structs.OPEN_IN;
  readonly read: typeof structs.READ_IN;
  readonly write: typeof structs.WRITE_IN;
  readonly statfs: undefined;
  readonly release: typeof structs.RELEASE_IN;
  readonly fsync: typeof structs.FSYNC_IN;
  readonly setxattr: typeof structs.SETXATTR_IN;
  readonly getxattr: typeof structs.GETXATTR_IN;
  readonly listxattr: typeof structs.GETXATTR_IN;
  readonly removexattr: undefined;
  readonly flush: typeof structs.FLUSH_IN;
  readonly init: typeof structs.INIT_IN;
  readonly opendir: typeof structs.OPEN_IN;
  readonly readdir: typeof structs.READ_IN;
  readonly releasedir: typeof structs.RELEASE_IN;
  readonly fsyncdir: typeof structs.FSYNC_IN;
  readonly getlk: typeof structs.LK_IN;
  readonly setlk: typeof structs.LK_IN;
  readonly setlkw: typeof structs.LK_IN;
  readonly access: typeof structs.ACCESS_IN;
  readonly create: typeof structs.CREATE_IN;
  readonly interrupt: typeof structs.INTERRUPT_IN;
  readonly destroy: undefined;
  readonly batchForget: typeof structs.BATCH_FORGET_IN;
  readonly fallocate: typeof structs.FALLOCATE_IN;
  readonly readdirplus: typeof structs.READ_IN;
  readonly rename2: typeof structs.RENAME2_IN;
  readonly lseek: typeof structs.LSEEK_IN;
  readonly copyFileRange: typeof structs.COPY_FILE_RANGE_IN;
  readonly syncfs: typeof structs.SYNCFS_IN;
  readonly statx: typeof structs.STATX_IN;
}

export type RequestName = keyof RequestStructs;

export const OPCODES: { readonly [K in RequestName]: Opcode<RequestStructs[K]> } = {
  lookup: opcode(1, undefined, 'name'),
  forget: opcode(2, structs.FORGET_IN),
  getattr: opcode(3, structs.GETATTR_IN),
  setattr: opcode(4, structs.SETATTR_IN),
  readlink: opcode(5, undefined),
  symlink: opcode(6, undefined, 'names'),
  mknod: opcode(8, structs.MKNOD_IN, 'name'),
  mkdir: opcode(9, structs.MKDIR_IN, 'name'),
  unlink: opcode(10, undefined, 'name'),
  rmdir: opcode(11, undefined, 'name'),
  rename: opcode(12, structs.RENAME_IN, 'names'),
  link: opcode(13, structs.LINK_IN, 'name'),
  open: opcode(14, structs.OPEN_IN),
  read: opcode(15, structs.READ_IN),
  write: opcode(16, structs.WRITE_IN, 'bytes'),
  statfs: opcode(17, undefined),
  release: opcode(18, structs.RELEASE_IN),
  fsync: opcode(20, structs.FSYNC_IN),
  setxattr: opcode(21, structs.SETXATTR_IN, 'value'),
  getxattr: opcode(22, structs.GETXATTR_IN, 'name'),
  listxattr: opcode(23, structs.GETXATTR_IN),
  removexattr: opcode(24, undefined, 'name'),
  flush: opcode(25, structs.FLUSH_IN),
  init: opcode(26, structs.INIT_IN),
  opendir: opcode(27, structs.OPEN_IN),
  readdir: opcode(28, structs.READ_IN),
  releasedir: opcode(29, structs.RELEASE_IN),
  fsyncdir: opcode(30, structs.FSYNC_IN),
  getlk: opcode(31, structs.LK_IN),
  setlk: opcode(32, structs.LK_IN),
  setlkw: opcode(33, structs.LK_IN),
  access: opcode(34, structs.ACCESS_IN),
  create: opcode(35, structs.CREATE_IN, 'name'),
  interrupt: opcode(36, structs.INTERRUPT_IN),
  destroy: opcode(38, undefined),
  batchForget: opcode(42, structs.BATCH_FORGET_IN, 'forgets'),
  fallocate: opcode(43, structs.FALLOCATE_IN),
  readdirplus: opcode(44, structs.READ_IN),
  rename2: opcode(45, structs.RENAME2_IN, 'names'),
  lseek: opcode(46, structs.LSEEK_IN),
  copyFileRange: opcode(47, structs.COPY_FILE_RANGE_IN),
  syncfs: opcode(50, structs.SYNCFS_IN),
  statx: opcode(52, structs.STATX_IN),
};
