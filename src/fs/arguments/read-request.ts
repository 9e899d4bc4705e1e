/** The argument lists of `read`: a buffer and numbers, or options in several places. */
import { bytesOf, validateBuffer, validateOffsetLengthRead } from './buffers.js';
import { validateInteger } from './integers.js';
import { invalidArgValue } from './node-error.js';
import { lenientPosition, strictPosition } from './position.js';
import { validateFunction, validateNullableObject } from './types.js';

/** Size of the buffer made when the caller brings none, in bytes. */
const DEFAULT_BUFFER_BYTES = 16_384;

export interface ReadRequest {
  /** The caller's own buffer, to be handed back. */
  readonly buffer: ArrayBufferView;
  /** The part of it to fill; empty when nothing is to be read. */
  readonly target: Uint8Array;
  /** In bytes; null: the current position of the handle. */
  readonly position: number | null;
}

/** Not a part of the caller's buffer: where that was detached, none can be made. */
const NOTHING = new Uint8Array(0);

interface ReadParts {
  readonly buffer?: unknown;
  readonly offset?: unknown;
  readonly length?: unknown;
  readonly position?: unknown;
}

/** `FileHandle.read(buffer, offset, length, position)`, `(buffer, options)`, `(options)` or `()`. */
export function handleReadRequest(
  bufferOrOptions?: unknown,
  offsetOrOptions?: unknown,
  length?: unknown,
  position?: unknown,
): ReadRequest {
  const parts = handleReadParts(bufferOrOptions, { offset: offsetOrOptions, length, position });
  const { buffer } = parts;
  validateBuffer(buffer);
  const offset = parts.offset ?? 0;
  validateInteger(offset, 'offset', 0);
  const lengthBytes = parts.length ?? buffer.byteLength - offset;
  // Node 20 aborts the process on a fraction here; the error of a wrong number is kinder.
  validateInteger(lengthBytes, 'length', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  const target = targetOf(buffer, offset, lengthBytes);
  return { buffer, target, position: handlePosition(parts.position) };
}

function handleReadParts(first: unknown, rest: ReadParts): ReadParts {
  if (!ArrayBuffer.isView(first)) {
    if (first !== undefined) validateNullableObject(first, 'options');
    const options: ReadParts = first ?? {};
    const { buffer = Buffer.alloc(DEFAULT_BUFFER_BYTES), offset, length, position } = options;
    return { buffer, offset, length, position };
  }
  const nested = typeof rest.offset === 'object' && rest.offset !== null;
  const { offset, length, position } = nested ? (rest.offset as ReadParts) : rest;
  return { buffer: first, offset, length, position };
}

// Bigints are documented but ignored in Node 20; later versions honour them, and so do we.
function handlePosition(position: unknown): number | null {
  return typeof position === 'bigint' ? strictPosition(position) : lenientPosition(position);
}

function targetOf(buffer: ArrayBufferView, offset: number, lengthBytes: number): Uint8Array {
  const bytes = bytesOf(buffer);
  if (lengthBytes === 0) return NOTHING;
  if (bytes.length === 0) {
    throw invalidArgValue('buffer', buffer, 'is empty and cannot be written');
  }
  validateOffsetLengthRead(offset, lengthBytes, bytes.length);
  return bytes.subarray(offset, offset + lengthBytes);
}

/**
 * `readSync(fd, buffer, offset, length, position)` or `(fd, buffer, options)`, as the list of arguments
 * after the descriptor: how many there are decides what the second one means.
 */
export function syncReadRequest(args: readonly unknown[]): ReadRequest {
  const [buffer] = args;
  validateBuffer(buffer);
  const { offset = 0, length, position } = syncReadParts(args, buffer.byteLength);
  validateInteger(offset, 'offset', 0);
  const target = targetOf(buffer, offset, Number(length) | 0);
  // A position is looked at only when there is something to read.
  return { buffer, target, position: target.length === 0 ? null : strictPosition(position) };
}

function syncReadParts(args: readonly unknown[], bufferBytes: number): ReadParts {
  const [, second, third, fourth] = args;
  if (args.length > 2 && typeof second !== 'object') {
    return { offset: second, length: third, position: fourth };
  }
  if (second !== undefined) validateNullableObject(second, 'options');
  const options: ReadParts = second ?? {};
  const { offset = 0, length = bufferBytes - (offset as number), position } = options;
  return { offset, length, position };
}

export interface CallbackReadRequest extends ReadRequest {
  readonly callback: (...results: unknown[]) => void;
}

/**
 * `read(fd, buffer, offset, length, position, callback)`, `(fd, buffer, options, callback)`,
 * `(fd, bufferOrOptions, callback)` or `(fd, callback)`: their number decides.
 */
export function callbackReadRequest(args: readonly unknown[]): CallbackReadRequest {
  const { buffer, offset, length, position, callback } = callbackReadParts(args);
  validateBuffer(buffer);
  validateFunction(callback, 'cb');
  const start = offset ?? 0;
  validateInteger(start, 'offset', 0);
  const target = targetOf(buffer, start, Number(length) | 0);
  return {
    buffer,
    target,
    position: target.length === 0 ? null : strictPosition(position),
    callback: callback as CallbackReadRequest['callback'],
  };
}

function callbackReadParts(args: readonly unknown[]): ReadParts & { readonly callback: unknown } {
  const [, second, third, fourth, fifth, sixth] = args;
  if (args.length > 4) {
    return { buffer: second, offset: third, length: fourth, position: fifth, callback: sixth };
  }
  if (args.length === 4) {
    validateNullableObject(third, 'options');
    return { ...readOptions(third, second), callback: fourth };
  }
  if (args.length < 3) return { ...readOptions(null, defaultBuffer()), callback: second };
  if (ArrayBuffer.isView(second)) return { ...readOptions(null, second), callback: third };
  if (second !== undefined) validateNullableObject(second, 'options');
  const { buffer = defaultBuffer() } = (second ?? {}) as ReadParts;
  return { ...readOptions(second as ReadParts, buffer), callback: third };
}

function readOptions(options: ReadParts | null | undefined, buffer: unknown): ReadParts {
  const { offset = 0, length = bytesBehind(buffer, offset), position = null } = options ?? {};
  return { buffer, offset, length, position };
}

/** Taken before either was checked, as in Node: what is no number throws the error of the operator. */
function bytesBehind(buffer: unknown, offset: unknown): number {
  return (buffer as ArrayBufferView).byteLength - (offset as number);
}

function defaultBuffer(): Buffer {
  return Buffer.alloc(DEFAULT_BUFFER_BYTES);
}
