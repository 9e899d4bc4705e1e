/**
 * From the bytes that the kernel hands over to a request. Whatever the bytes are, the answer is a request
 * that is whole, or what is wrong with it: nothing is read past the end.
 */
import { FUSE_NAME_BYTES_MAX } from './limits.js';
import { OPCODES, type RequestName, type RequestStructs } from './opcodes.js';
import type { Struct } from './struct.js';
import { FORGET_ONE, IN_HEADER, INIT_IN, INIT_IN_SHORT_BYTES } from './structs.js';

/** Who asks. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  /** 0 for the kernel itself, and for a process of another namespace. */
  readonly pid: number;
}

type ArgsOf<S> = S extends Struct<infer N> ? Readonly<Record<N, number>> : Readonly<object>;

export interface Forget {
  readonly nodeid: number;
  readonly nlookup: number;
}

export interface Request<K extends RequestName = RequestName> {
  readonly name: K;
  /** By which the reply finds its request; requests that have no reply have one too. */
  readonly unique: number;
  /** The inode concerned, the parent where there are names; 0 where there is none. */
  readonly nodeid: number;
  readonly caller: Caller;
  readonly args: ArgsOf<RequestStructs[K]>;
  /** Names that follow; undefined one that is not valid UTF-8. */
  readonly names: readonly (string | undefined)[];
  /** Bytes that follow. They are those of the buffer that was read, which is used again. */
  readonly bytes: Buffer;
  readonly forgets: readonly Forget[];
}

/** A request that is not whole, or unknown. `unique` is 0 when not even its header is there. */
export interface Malformed {
  readonly malformed: 'cut off' | 'unknown' | 'longer than it says';
  readonly unique: number;
  readonly opcode: number;
}

interface Known {
  readonly name: RequestName;
  readonly struct: Struct<string> | undefined;
  readonly tail: (typeof OPCODES)[RequestName]['tail'];
}

const BY_NUMBER: readonly (Known | undefined)[] = tableByNumber();

function tableByNumber(): (Known | undefined)[] {
  const table: (Known | undefined)[] = [];
  for (const [name, { number, struct, tail }] of Object.entries(OPCODES)) {
    table[number] = {
      name: name as RequestName,
      struct: struct as Struct<string> | undefined,
      tail,
    };
  }
  return table;
}

const NO_BYTES = Buffer.alloc(0);
const NO_NAMES: readonly string[] = [];
const NO_FORGETS: readonly Forget[] = [];
const NO_ARGS: Readonly<Record<string, number>> = {};
const NUL = 0;

export function isMalformed(decoded: Request | Malformed): decoded is Malformed {
  return 'malformed' in decoded;
}

/** Decodes the request in the first `lengthBytes` of `buffer`, over which `view` looks. */
export function decodeRequest(
  buffer: Buffer,
  view: DataView,
  lengthBytes: number,
): Request | Malformed {
  if (lengthBytes < IN_HEADER.sizeBytes) return { malformed: 'cut off', unique: 0, opcode: 0 };
  const header = IN_HEADER.decode(view, 0);
  const { unique, nodeid, opcode, uid, gid, pid } = header;
  const fail = (malformed: Malformed['malformed']): Malformed => ({ malformed, unique, opcode });
  if (header.len > lengthBytes) return fail('cut off');
  if (header.len < lengthBytes) return fail('longer than it says');
  const known = BY_NUMBER[opcode];
  if (known === undefined) return fail('unknown');
  const end = lengthBytes - header.totalExtlen * 8;
  const structBytes = sizeOf(known, end);
  const start = IN_HEADER.sizeBytes + structBytes;
  if (start > end) return fail('cut off');
  const args = decodeArgs(known, view, structBytes);
  const tail = decodeTail(known, args, buffer, view, start, end);
  if (tail === undefined) return fail('cut off');
  return {
    name: known.name,
    unique,
    nodeid,
    caller: { uid, gid, pid },
    args: args as Request['args'],
    ...tail,
  };
}

/** The struct of INIT grew with 7.36; all others are as they are in the version that is spoken. */
function sizeOf({ struct }: Known, end: number): number {
  if (struct === undefined) return 0;
  const isShort = end - IN_HEADER.sizeBytes === INIT_IN_SHORT_BYTES;
  return (struct as Struct<never>) === (INIT_IN as Struct<never>) && isShort
    ? INIT_IN_SHORT_BYTES
    : struct.sizeBytes;
}

function decodeArgs(
  { struct }: Known,
  view: DataView,
  structBytes: number,
): Readonly<Record<string, number>> {
  if (struct === undefined) return NO_ARGS;
  if (structBytes === struct.sizeBytes) return struct.decode(view, IN_HEADER.sizeBytes);
  const whole = new DataView(new ArrayBuffer(struct.sizeBytes));
  new Uint8Array(whole.buffer).set(
    new Uint8Array(view.buffer, view.byteOffset + IN_HEADER.sizeBytes, structBytes),
  );
  return struct.decode(whole, 0);
}

type TailOf = Pick<Request, 'names' | 'bytes' | 'forgets'>;

const NO_TAIL: TailOf = { names: NO_NAMES, bytes: NO_BYTES, forgets: NO_FORGETS };

function decodeTail(
  { tail }: Known,
  args: Readonly<Record<string, number>>,
  buffer: Buffer,
  view: DataView,
  start: number,
  end: number,
): TailOf | undefined {
  switch (tail) {
    case 'nothing':
      return NO_TAIL;
    case 'name':
      return decodeNames(buffer, start, end, 1);
    case 'names':
      return decodeNames(buffer, start, end, 2);
    case 'bytes':
      return decodeBytes(buffer, start, end, args.size ?? 0, NO_NAMES);
    case 'value':
      return decodeValue(buffer, start, end, args.size ?? 0);
    case 'forgets':
      return decodeForgets(view, start, end, args.count ?? 0);
  }
}

function decodeNames(
  buffer: Buffer,
  start: number,
  end: number,
  count: number,
): TailOf | undefined {
  const names: (string | undefined)[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    const nul = buffer.indexOf(NUL, at);
    if (nul < 0 || nul >= end) return undefined;
    names.push(decodeText(buffer, at, nul));
    at = nul + 1;
  }
  return { ...NO_TAIL, names };
}

const REPLACEMENT = '\uFFFD';

/** Undefined for what is not valid UTF-8: SQLite would keep it as other bytes than the caller's. */
function decodeText(buffer: Buffer, start: number, end: number): string | undefined {
  const text = buffer.toString('utf8', start, end);
  if (!text.includes(REPLACEMENT)) return text;
  return Buffer.from(text).equals(buffer.subarray(start, end)) ? text : undefined;
}

function decodeBytes(
  buffer: Buffer,
  start: number,
  end: number,
  size: number,
  names: TailOf['names'],
): TailOf | undefined {
  if (start + size > end) return undefined;
  return { names, bytes: buffer.subarray(start, start + size), forgets: NO_FORGETS };
}

function decodeValue(buffer: Buffer, start: number, end: number, size: number): TailOf | undefined {
  const nul = buffer.indexOf(NUL, start);
  if (nul < 0 || nul >= end || nul - start > FUSE_NAME_BYTES_MAX) return undefined;
  return decodeBytes(buffer, nul + 1, end, size, [decodeText(buffer, start, nul)]);
}

function decodeForgets(
  view: DataView,
  start: number,
  end: number,
  count: number,
): TailOf | undefined {
  if (start + count * FORGET_ONE.sizeBytes > end) return undefined;
  const forgets: Forget[] = [];
  for (let index = 0; index < count; index += 1) {
    forgets.push(FORGET_ONE.decode(view, start + index * FORGET_ONE.sizeBytes));
  }
  return { ...NO_TAIL, forgets };
}
