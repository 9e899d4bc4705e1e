/** The argument lists of `write`: a buffer and numbers or options, or a string and its encoding. */
import { bytesOf, validateOffsetLengthWrite, validateStringAfterView } from './buffers.js';
import { encodeText, validateEncodedText } from './encoding.js';
import { validateInteger } from './integers.js';
import { lenientPosition } from './position.js';
import { validateFunction } from './types.js';

export interface WriteRequest {
  /** What the caller gave, to be handed back. */
  readonly buffer: ArrayBufferView | string;
  /** The bytes to write; the caller's own memory when it gave a buffer. */
  readonly bytes: Uint8Array;
  /** In bytes; null: the current position of the handle. */
  readonly position: number | null;
}

/** Not a part of the caller's buffer: where that was detached, none can be made. */
const NOTHING = new Uint8Array(0);

interface WriteParts {
  readonly offset?: unknown;
  readonly length?: unknown;
  readonly position?: unknown;
}

/** `FileHandle.write`: an empty buffer is written whatever the other arguments are. */
export function handleWriteRequest(
  data?: unknown,
  offsetOrOptions?: unknown,
  length?: unknown,
  position?: unknown,
): WriteRequest {
  if (ArrayBuffer.isView(data) && data.byteLength === 0) {
    return { buffer: data, bytes: bytesOf(data), position: null };
  }
  return syncWriteRequest(data, offsetOrOptions, length, position);
}

/** The arguments of `writeSync` after the descriptor. */
export function syncWriteRequest(
  data?: unknown,
  offsetOrOptions?: unknown,
  length?: unknown,
  position?: unknown,
): WriteRequest {
  if (!ArrayBuffer.isView(data)) return textRequest(data, offsetOrOptions, length);
  // Null is an object here, and with it Node forgets the length and the position.
  const nested = typeof offsetOrOptions === 'object';
  const parts = nested
    ? nestedParts((offsetOrOptions ?? {}) as WriteParts, data)
    : { offset: offsetOrOptions, length, position };
  const offset = parts.offset ?? 0;
  validateInteger(offset, 'offset', 0);
  const bytes = bytesOf(data);
  const lengthBytes = typeof parts.length === 'number' ? parts.length : bytes.length - offset;
  validateOffsetLengthWrite(offset, lengthBytes, bytes.length);
  const source = lengthBytes === 0 ? NOTHING : bytes.subarray(offset, offset + lengthBytes);
  return { buffer: data, bytes: source, position: lenientPosition(parts.position) };
}

/** The default is taken before the offset is checked: what is no number throws the operator's error. */
function nestedParts(options: WriteParts, { byteLength }: ArrayBufferView): WriteParts {
  const { offset = 0, length = byteLength - (offset as number), position } = options;
  return { offset, length, position };
}

function textRequest(data: unknown, position: unknown, encoding: unknown): WriteRequest {
  validateStringAfterView(data, 'buffer');
  validateEncodedText(data, encoding);
  const bytes = encodeText(data, encoding);
  return { buffer: data, bytes, position: lenientPosition(position) };
}

export interface CallbackWriteRequest extends WriteRequest {
  readonly callback: (...results: unknown[]) => void;
}

/**
 * `write(fd, buffer, offset, length, position, callback)`, `(fd, buffer, options, callback)` or
 * `(fd, string, position, encoding, callback)`; the callback stands behind the last that is given.
 */
export function callbackWriteRequest(args: readonly unknown[]): CallbackWriteRequest {
  const [, data, second, third, fourth, fifth] = args;
  if (!ArrayBuffer.isView(data)) return callbackTextRequest(data, second, third, fourth);
  const callback = fifth || fourth || third || second;
  validateFunction(callback, 'cb');
  const offset = typeof second === 'function' ? undefined : second;
  return withCallback(syncWriteRequest(data, offset, third, fourth), callback);
}

function callbackTextRequest(
  data: unknown,
  second: unknown,
  third: unknown,
  fourth: unknown,
): CallbackWriteRequest {
  validateStringAfterView(data, 'buffer');
  const hasEncoding = typeof fourth === 'function';
  const encoding = hasEncoding ? third : 'utf8';
  validateEncodedText(data, encoding);
  const behindData = typeof second === 'function' ? second : third;
  const callback = hasEncoding ? fourth : behindData;
  validateFunction(callback, 'cb');
  const position = typeof second === 'function' ? null : second;
  return withCallback(textRequest(data, position, encoding), callback);
}

function withCallback(
  { buffer, bytes, position }: WriteRequest,
  callback: (...args: never[]) => unknown,
): CallbackWriteRequest {
  return { buffer, bytes, position, callback: callback as CallbackWriteRequest['callback'] };
}
