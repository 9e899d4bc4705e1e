/** `StatFs`: what `statfs` answers about a volume as a whole. One class for numbers and bigints. */

/** Space and inodes of a volume. */
export interface StatFsFields {
  /** Magic number of the filesystem. */
  readonly type: number;
  /** Unit of the block counts, in bytes. */
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  /** Free to an ordinary user. */
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

export class StatFs<T extends number | bigint = number> {
  readonly type: T;
  readonly bsize: T;
  readonly blocks: T;
  readonly bfree: T;
  readonly bavail: T;
  readonly files: T;
  readonly ffree: T;

  constructor(fields: StatFsFields, convert: (value: number) => T) {
    this.type = convert(fields.type);
    this.bsize = convert(fields.bsize);
    this.blocks = convert(fields.blocks);
    this.bfree = convert(fields.bfree);
    this.bavail = convert(fields.bavail);
    this.files = convert(fields.files);
    this.ffree = convert(fields.ffree);
  }
}

export function toStatFs(fields: StatFsFields): StatFs {
  return new StatFs(fields, (value) => value);
}

export function toBigIntStatFs(fields: StatFsFields): StatFs<bigint> {
  return new StatFs(fields, BigInt);
}
