/**
 * `ReadStream` and `WriteStream` of a volume: Node's own streams, which take the functions that touch
 * files as an option, so that buffering, events and back-pressure are exactly those programs expect.
 *
 * Each volume has classes of its own, because libraries replace them on the object they patch. They are
 * functions and not classes, because old code calls them without `new`, and `graceful-fs` applies them
 * to objects it made itself.
 */
import nodeFs from 'node:fs';
import { methodNotImplemented } from './arguments/node-error.js';
import { FileHandle } from './file-handle.js';

type StreamClass<S> = new (path: unknown, options?: unknown) => S;

type Options = Record<string, unknown>;

export interface StreamClasses {
  readonly ReadStream: StreamClass<nodeFs.ReadStream>;
  readonly WriteStream: StreamClass<nodeFs.WriteStream>;
}

/** `fs` is the face itself: what a library replaces on it, the streams use. */
export function createStreamClasses(fs: object): StreamClasses {
  return {
    ReadStream: derive(nodeFs.ReadStream, 'ReadStream', fs),
    WriteStream: derive(nodeFs.WriteStream, 'WriteStream', fs),
  };
}

function derive<S extends nodeFs.ReadStream | nodeFs.WriteStream>(
  Base: unknown,
  name: string,
  fs: object,
): StreamClass<S> {
  const base = Base as StreamClass<S>;
  function Stream(this: unknown, path: unknown, options?: unknown): unknown {
    if (!(this instanceof Derived)) return new Derived(path, options);
    construct(base, this as S, path, options, fs);
    return undefined;
  }
  const Derived = Stream as unknown as StreamClass<S>;
  Object.setPrototypeOf(Stream, base);
  Stream.prototype = Object.create(base.prototype, {
    constructor: { value: Stream, writable: true, configurable: true },
  });
  Object.defineProperty(Stream, 'name', { value: name, configurable: true });
  Object.defineProperty(Stream, 'length', { value: 2, configurable: true });
  return Derived;
}

function construct<S extends nodeFs.ReadStream | nodeFs.WriteStream>(
  base: StreamClass<S>,
  stream: S,
  path: unknown,
  options: unknown,
  fs: object,
): void {
  const initialise = (given: unknown): void => {
    (base as unknown as { call(self: S, path: unknown, options: unknown): void }).call(
      stream,
      path,
      given,
    );
  };
  // What is no object Node refuses itself.
  if (options !== null && options !== undefined && !isOptions(options)) {
    initialise(options);
    return;
  }
  const given = optionsOf(options);
  const handle = given.fd;
  if (!(handle instanceof FileHandle)) {
    initialise({ ...given, fs: given.fs || fs });
    return;
  }
  if (given.fs) throw methodNotImplemented('FileHandle with fs');
  handle.lend((fd, streamFs) => {
    initialise({ ...given, fd, fs: streamFs });
    return stream;
  });
}

function isOptions(options: unknown): boolean {
  return (
    typeof options === 'string' || typeof options === 'object' || typeof options === 'function'
  );
}

/** As Node reads them: a string is the encoding, and what is inherited counts. */
function optionsOf(options: unknown): Options {
  if (typeof options === 'string') return { encoding: options };
  const copy: Options = {};
  if (typeof options !== 'object' || options === null) return copy;
  for (const name in options) copy[name] = (options as Options)[name];
  return copy;
}
