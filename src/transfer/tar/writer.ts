/**
 * Writing a tar archive: plain headers (ustar) wherever they suffice, pax headers before them for what
 * they cannot hold.
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Timestamp } from '../../core/clock.js';
import { BLOCK_BYTES } from './header.js';
import { encodePax, formatTime } from './pax.js';

export type TarTypeFlag = '0' | '1' | '2' | '3' | '4' | '5' | '6' | 'x';

export interface WrittenHeader {
  readonly name: string;
  readonly type: TarTypeFlag;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow. */
  readonly size: number;
  readonly mtime: Timestamp;
  readonly atime: Timestamp;
  readonly linkName?: string;
  readonly major?: number;
  readonly minor?: number;
  readonly records?: readonly (readonly [string, string | Uint8Array])[];
}

const NAME_BYTES_MAX = 100;
// Octal digits that fit a field, its closing NUL taken off.
const ID_MAX = 0o7777777;
const SIZE_MAX = 0o77777777777;
const SEC_MAX = 0o77777777777;
const END: Buffer = Buffer.alloc(2 * BLOCK_BYTES);
const PADDING: Buffer = Buffer.alloc(BLOCK_BYTES);
// Small writes are gathered, because each costs a system call.
const GATHER_BYTES = 256 * 1024;

export class TarWriter {
  readonly #output: Writable;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #contentLeft = 0;
  #padding = 0;
  #failure: { readonly reason: unknown } | undefined;
  readonly #onError = (reason: unknown): void => {
    this.#failure ??= { reason };
  };

  /** Does not end `output`, which may be the standard output. */
  constructor(output: Writable) {
    this.#output = output;
    output.on('error', this.#onError);
  }

  /** Begins an entry; `content` is then given its bytes, `size` of them. */
  async begin(header: WrittenHeader): Promise<void> {
    const records = [...neededRecords(header), ...(header.records ?? [])];
    if (records.length > 0) await this.#writeRecords(encodePax(records));
    await this.#write(encodeHeader(header));
    this.#expect(header.size);
  }

  async #writeRecords(data: Buffer): Promise<void> {
    const time = { sec: 0, nsec: 0 };
    const [mtime, atime] = [time, time];
    const type = 'x';
    const size = data.length;
    await this.#write(
      encodeHeader({ name: 'PaxHeader', type, mode: 0o644, uid: 0, gid: 0, size, mtime, atime }),
    );
    this.#expect(size);
    await this.content(data);
  }

  #expect(size: number): void {
    this.#contentLeft = size;
    this.#padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
  }

  /** Content of the entry that was begun. The buffer may be used again afterwards. */
  async content(data: Uint8Array): Promise<void> {
    await this.#write(Buffer.from(data));
    this.#contentLeft -= data.length;
    if (this.#contentLeft === 0) await this.#write(PADDING.subarray(0, this.#padding));
  }

  async #write(data: Uint8Array): Promise<void> {
    this.#gathered.push(data);
    this.#gatheredBytes += data.length;
    if (this.#gatheredBytes >= GATHER_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    this.#throwFailure();
    const data = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (!this.#output.write(data)) await this.#drained();
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.reason;
  }

  /** An output that is closed early will never drain. */
  async #drained(): Promise<void> {
    const controller = new AbortController();
    const { signal } = controller;
    try {
      await Promise.race([
        once(this.#output, 'drain', { signal }),
        once(this.#output, 'close', { signal }).then(() => {
          this.#failure ??= { reason: closedEarly() };
        }),
      ]);
    } finally {
      controller.abort();
    }
  }

  /** Writes the end mark and waits until the output has taken everything. */
  async finish(): Promise<void> {
    await this.#write(END);
    await this.#flush();
    await new Promise<void>((resolve, reject) => {
      this.#output.write('', (error) => (error ? reject(error) : resolve()));
    });
    this.#output.off('error', this.#onError);
  }
}

function closedEarly(): Error {
  return Object.assign(new Error('EPIPE: the output was closed'), { code: 'EPIPE' });
}

function isPlain(text: string): boolean {
  return text.length <= NAME_BYTES_MAX && /^[\x20-\x7e]*$/.test(text);
}

/** What a plain header cannot say. */
function neededRecords(header: WrittenHeader): [string, string][] {
  const { name, linkName, uid, gid, size, mtime, atime } = header;
  const records: [string, string][] = [];
  if (!isPlain(name)) records.push(['path', name]);
  if (linkName !== undefined && !isPlain(linkName)) records.push(['linkpath', linkName]);
  if (uid > ID_MAX) records.push(['uid', String(uid)]);
  if (gid > ID_MAX) records.push(['gid', String(gid)]);
  if (size > SIZE_MAX) records.push(['size', String(size)]);
  if (mtime.nsec !== 0 || mtime.sec < 0 || mtime.sec > SEC_MAX) {
    records.push(['mtime', formatTime(mtime)]);
  }
  if (atime.sec !== mtime.sec || atime.nsec !== mtime.nsec) {
    records.push(['atime', formatTime(atime)]);
  }
  return records;
}

/** Octal digits; what does not fit is said in a pax record, and 0 here. */
function octal(value: number, digits: number, max: number): string {
  const fits = value >= 0 && value <= max;
  return `${(fits ? value : 0).toString(8).padStart(digits, '0')}\0`;
}

function encodeHeader(header: WrittenHeader): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const { name, mode, uid, gid, size, mtime, type, linkName = '' } = header;
  block.write(plainPart(name), 0, 'latin1');
  block.write(octal(mode, 7, 0o7777), 100, 'latin1');
  block.write(octal(uid, 7, ID_MAX), 108, 'latin1');
  block.write(octal(gid, 7, ID_MAX), 116, 'latin1');
  block.write(octal(size, 11, SIZE_MAX), 124, 'latin1');
  block.write(octal(mtime.sec, 11, SEC_MAX), 136, 'latin1');
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(type, 156, 'latin1');
  block.write(plainPart(linkName), 157, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(header.major ?? 0, 7, ID_MAX), 329, 'latin1');
  block.write(octal(header.minor ?? 0, 7, ID_MAX), 337, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** What an old reader sees of a name: ASCII, the end of it when it is long. */
function plainPart(text: string): string {
  if (isPlain(text)) return text;
  const ascii = text.replace(/[^\x20-\x7e]/g, '_');
  return ascii.slice(-NAME_BYTES_MAX);
}
