/** Encodings: of the text a caller gives, and of the names a call returns. */
import { invalidArgValue } from './node-error.js';

/** How names come back: as text, or as bytes with `'buffer'`. */
export type NameEncoding = BufferEncoding | 'buffer' | null | undefined;

/** Anything falsy stands for the default. */
export function assertEncoding(encoding: unknown): asserts encoding is BufferEncoding | undefined {
  if (encoding && !Buffer.isEncoding(encoding as string)) {
    throw invalidArgValue('encoding', encoding, 'is invalid encoding');
  }
}

/**
 * Throws what `Buffer.toString` throws for `'buffer'` and the like, of no bytes as of many: promises say so
 * before they read, the other styles when there is something to be told.
 */
export function checkDecodable(encoding: unknown): void {
  if (encoding) Buffer.alloc(1).toString(encoding as BufferEncoding);
}

/** Refuses half a byte of hexadecimal; other mistakes in `text` are skipped when it is decoded. */
export function validateEncodedText(text: string, encoding: unknown): void {
  if (typeof encoding !== 'string' || encoding.toLowerCase() !== 'hex') return;
  if (text.length % 2 === 0) return;
  throw invalidArgValue('encoding', encoding, `is invalid for data of length ${text.length}`);
}

/** Bytes of a text; an encoding that is not known counts as UTF-8, as in Node's `write`. */
export function encodeText(text: string, encoding: unknown): Buffer {
  const known = typeof encoding === 'string' && Buffer.isEncoding(encoding);
  return Buffer.from(text, known ? encoding : 'utf8');
}

/** Whether names come back as the text that they are. */
export function isDefaultEncoding(
  encoding: NameEncoding,
): encoding is 'utf8' | 'utf-8' | null | undefined {
  return !encoding || encoding === 'utf8' || encoding === 'utf-8';
}

/** A name or path as `readdir`, `readlink`, `realpath` and `mkdtemp` return it. */
export function encodeName(name: string, encoding: NameEncoding): string | Buffer {
  if (isDefaultEncoding(encoding)) return name;
  const bytes = Buffer.from(name, 'utf8');
  return encoding === 'buffer' ? bytes : bytes.toString(encoding);
}
