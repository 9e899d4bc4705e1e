/** Requests as the kernel would write them, byte by byte and apart from the code under test. */

const IN_HEADER_BYTES = 40;

export interface HeaderFields {
  readonly opcode: number;
  readonly unique?: bigint;
  readonly nodeid?: bigint;
  readonly uid?: number;
  readonly gid?: number;
  readonly pid?: number;
  /** Instead of the real length. */
  readonly len?: number;
  readonly totalExtlen?: number;
}

/** Numbers of 8 bytes are bigints, those of 4 plain. */
export function fields(...values: readonly (number | bigint)[]): Buffer {
  return Buffer.concat(
    values.map((value) => {
      const buffer = Buffer.alloc(typeof value === 'bigint' ? 8 : 4);
      if (typeof value === 'bigint') buffer.writeBigUInt64LE(BigInt.asUintN(64, value));
      else buffer.writeUInt32LE(value);
      return buffer;
    }),
  );
}

export function text(...names: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(names.flatMap((name) => [Buffer.from(name as string), Buffer.alloc(1)]));
}

export function message(header: HeaderFields, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(IN_HEADER_BYTES);
  head.writeUInt32LE(header.len ?? IN_HEADER_BYTES + body.length, 0);
  head.writeUInt32LE(header.opcode, 4);
  head.writeBigUInt64LE(header.unique ?? 7n, 8);
  head.writeBigUInt64LE(header.nodeid ?? 1n, 16);
  head.writeUInt32LE(header.uid ?? 1000, 24);
  head.writeUInt32LE(header.gid ?? 100, 28);
  head.writeUInt32LE(header.pid ?? 4321, 32);
  head.writeUInt16LE(header.totalExtlen ?? 0, 36);
  return Buffer.concat([head, body]);
}
