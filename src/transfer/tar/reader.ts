/** Entries of a tar archive, one after the other, with everything that long headers say about them. */
import type { Timestamp } from '../../core/clock.js';
import { archiveError, type ByteSource, cutOff } from './byte-source.js';
import { BLOCK_BYTES, decodeHeader, type RawHeader } from './header.js';
import { decodePax, type PaxRecord, parseTime } from './pax.js';
import {
  checkedMap,
  mapInRecords,
  readMapInData,
  readOldRegions,
  type SparseMap,
} from './sparse-map.js';

export type TarType =
  | 'file'
  | 'link'
  | 'symlink'
  | 'char'
  | 'block'
  | 'directory'
  | 'fifo'
  | 'other';

export interface TarEntry {
  readonly type: TarType;
  readonly name: Buffer;
  readonly linkName: Buffer;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Size of the content, without holes that are not stored. */
  readonly storedBytes: number;
  readonly sparse: SparseMap | undefined;
  readonly mtime: Timestamp;
  readonly atime: Timestamp | undefined;
  readonly major: number;
  readonly minor: number;
  readonly xattrs: readonly PaxRecord[];
}

/** Longest header of names and records: bounds the memory that an archive can ask for. */
const LONG_HEADER_BYTES_MAX = 16 * 1024 * 1024;
const GLOBAL_RECORDS_MAX = 1000;
const XATTR_PREFIX = 'SCHILY.xattr.';

const TYPES: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'link',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};
const LABEL_TYPE = 'V';

/** What long headers have said about the next entry. */
interface Announced {
  records: readonly PaxRecord[];
  name: Buffer | undefined;
  linkName: Buffer | undefined;
}

export class TarReader {
  readonly #source: ByteSource;
  #global: readonly PaxRecord[] = [];
  /** Content of the current entry that was not taken, and the padding behind it. */
  #left = 0;
  #padding = 0;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next entry, past whatever is left of the last one; undefined at the end of the archive. */
  async next(): Promise<TarEntry | undefined> {
    const announced: Announced = { records: this.#global, name: undefined, linkName: undefined };
    for (;;) {
      await this.#source.skip(this.#left + this.#padding);
      this.#left = 0;
      this.#padding = 0;
      const header = await this.#header();
      if (header === undefined) return undefined;
      if (header.type === LABEL_TYPE) this.#expect(header.size);
      else if (!(await this.#announce(header, announced))) return this.#entry(header, announced);
    }
  }

  async #header(): Promise<RawHeader | undefined> {
    const at = this.#source.position;
    const peeked = await this.#source.peek(BLOCK_BYTES);
    if (peeked.length < BLOCK_BYTES) {
      if (at === 0 && peeked.length > 0) decodeHeader(Buffer.concat([peeked], BLOCK_BYTES), 0);
      throw cutOff(at + peeked.length);
    }
    const header = decodeHeader(await this.#source.exactly(BLOCK_BYTES), at);
    if (header === undefined) return undefined;
    if (!Number.isSafeInteger(header.size) || header.size < 0) {
      throw archiveError(
        `The archive is damaged: the header at byte ${at} has no valid size.`,
        'Get a whole copy of it.',
      );
    }
    return header;
  }

  #expect(size: number): void {
    this.#left = size;
    this.#padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
  }

  /** Whether the header was one that speaks of the next entry. */
  async #announce(header: RawHeader, announced: Announced): Promise<boolean> {
    switch (header.type) {
      case 'g':
        this.#global = merged(this.#global, decodePax(await this.#long(header)));
        announced.records = [...this.#global, ...announced.records];
        return true;
      case 'x':
        announced.records = [...this.#global, ...decodePax(await this.#long(header))];
        return true;
      case 'L':
        announced.name = withoutNul(await this.#long(header));
        return true;
      case 'K':
        announced.linkName = withoutNul(await this.#long(header));
        return true;
      default:
        return false;
    }
  }

  async #long({ size }: RawHeader): Promise<Buffer> {
    if (size > LONG_HEADER_BYTES_MAX) {
      throw archiveError(
        `The archive has a header of ${size} bytes; the limit is ${LONG_HEADER_BYTES_MAX}.`,
        'It is damaged, or made to do harm.',
      );
    }
    const data = await this.#source.exactly(size);
    this.#expect(size);
    this.#left = 0;
    return data;
  }

  async #entry(header: RawHeader, announced: Announced): Promise<TarEntry> {
    const records = new Map(announced.records);
    const size = numberIn(records, 'size') ?? header.size;
    const type = typeOf(header, records);
    this.#expect(type === 'file' || type === 'other' ? size : 0);
    const sparse = await this.#sparse(header, announced.records, records);
    return {
      type,
      name: records.get('GNU.sparse.name') ?? records.get('path') ?? announced.name ?? header.name,
      linkName: records.get('linkpath') ?? announced.linkName ?? header.linkName,
      mode: header.mode,
      uid: numberIn(records, 'uid') ?? header.uid,
      gid: numberIn(records, 'gid') ?? header.gid,
      storedBytes: this.#left,
      sparse,
      mtime: timeIn(records, 'mtime') ?? header.mtime,
      atime: timeIn(records, 'atime'),
      major: header.major,
      minor: header.minor,
      xattrs: xattrsIn(records),
    };
  }

  async #sparse(
    header: RawHeader,
    list: readonly PaxRecord[],
    records: ReadonlyMap<string, Buffer>,
  ): Promise<SparseMap | undefined> {
    if (header.sparse !== undefined) {
      const { regions, isContinued, realSize } = header.sparse;
      const all = await readOldRegions(this.#source, regions, isContinued);
      return this.#checked(checkedMap(all, realSize));
    }
    const realSize =
      numberIn(records, 'GNU.sparse.realsize') ?? numberIn(records, 'GNU.sparse.size');
    if (records.get('GNU.sparse.major')?.toString() === '1') {
      const { regions, mapBytes } = await readMapInData(this.#source, this.#left);
      this.#left -= mapBytes;
      return this.#checked(checkedMap(regions, realSize ?? Number.NaN));
    }
    const regions = mapInRecords(list);
    return regions && this.#checked(checkedMap(regions, realSize ?? Number.NaN));
  }

  #checked(map: SparseMap): SparseMap {
    if (map.storedBytes === this.#left) return map;
    throw archiveError(
      'The archive is damaged: a sparse file does not match its map.',
      'Get a whole copy of it.',
    );
  }

  /** Fills `target` with the next bytes of the current entry. */
  async read(target: Uint8Array): Promise<void> {
    await this.#source.fill(target);
    this.#left -= target.length;
  }
}

function typeOf(header: RawHeader, records: ReadonlyMap<string, Buffer>): TarType {
  const type = TYPES[header.type] ?? 'other';
  // Before ustar a directory was a file whose name ends in a slash.
  const name = records.get('path') ?? header.name;
  return type === 'file' && name.at(-1) === 0x2f ? 'directory' : type;
}

/** Later records replace earlier ones of the same key. */
function merged(old: readonly PaxRecord[], more: readonly PaxRecord[]): readonly PaxRecord[] {
  const records = [...new Map([...old, ...more])];
  if (records.length <= GLOBAL_RECORDS_MAX) return records;
  throw archiveError(
    `The archive has more than ${GLOBAL_RECORDS_MAX} global records.`,
    'It is damaged, or made to do harm.',
  );
}

function withoutNul(data: Buffer): Buffer {
  const end = data.indexOf(0);
  return end < 0 ? data : data.subarray(0, end);
}

function numberIn(records: ReadonlyMap<string, Buffer>, key: string): number | undefined {
  const text = records.get(key)?.toString('latin1');
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw archiveError(
    `The archive is damaged: '${key}' of an entry is no valid number.`,
    'Get a whole copy of it.',
  );
}

function timeIn(records: ReadonlyMap<string, Buffer>, key: string): Timestamp | undefined {
  const text = records.get(key)?.toString('latin1');
  return text === undefined ? undefined : parseTime(text);
}

function xattrsIn(records: ReadonlyMap<string, Buffer>): PaxRecord[] {
  const found: PaxRecord[] = [];
  for (const [key, value] of records) {
    if (key.startsWith(XATTR_PREFIX)) found.push([key.slice(XATTR_PREFIX.length), value]);
  }
  return found;
}
