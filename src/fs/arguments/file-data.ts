/** What `writeFile` and `appendFile` write. */
import { bytesOf, validateStringAfterView } from './buffers.js';
import { encodeText, type NameEncoding } from './encoding.js';

/** A source of pieces: a stream, a generator, an array. Strings are no source, they are written whole. */
export type DataSource = Iterable<unknown> | AsyncIterable<unknown>;

/** An object that can be iterated, synchronously or not. */
export function isDataSource(value: unknown): value is DataSource {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false;
  return Symbol.asyncIterator in value
    ? Boolean(value[Symbol.asyncIterator])
    : Symbol.iterator in value && Boolean(value[Symbol.iterator]);
}

/** Bytes of a string or a view; the view's own memory, so copy what must outlive the call. */
export function fileBytes(data: unknown, encoding: NameEncoding): Uint8Array {
  if (ArrayBuffer.isView(data)) return bytesOf(data);
  validateStringAfterView(data, 'data');
  return encodeText(data, encoding);
}

/** Bytes of one piece of a source; what `Buffer.from` refuses is refused with its error. */
export function pieceBytes(piece: unknown, encoding: NameEncoding): Uint8Array {
  if (ArrayBuffer.isView(piece)) return bytesOf(piece);
  if (typeof piece === 'string') return encodeText(piece, encoding);
  return Buffer.from(piece as readonly number[]);
}
