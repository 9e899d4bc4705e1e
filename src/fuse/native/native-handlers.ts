/**
 * From what the native side of fuse-native calls to requests, and from their results to its answers.
 *
 * INVARIANT: every call is answered exactly once, whatever fails: a caller that is not answered stays in
 * the kernel, and one that is answered twice mixes up the answers of later ones.
 * INVARIANT: buffers of requests go back with the answers: the memory is libfuse's, which takes it back.
 */
import { STAT_CELLS } from './arrays.js';
import type { NativeBinding, NativeHandler, NativeThread, Signal } from './binding.js';
import type { NativeSession } from './native-session.js';
import * as attributes from './requests/attributes.js';
import * as content from './requests/content.js';
import * as directories from './requests/directories.js';
import * as names from './requests/names.js';

export interface HandlerEnvironment {
  /** A request has come. */
  count(): void;
  /** The negative errno of what a request failed of. */
  failureOf(error: unknown, request: string): number;
}

type Handlers = Map<string, NativeHandler>;

/** What a request fails with where an answer has to have a certain form. */
const NO_STAT = new Uint32Array(STAT_CELLS);
const NO_STATFS = new Uint32Array(11);

const WORD = 2 ** 32;
const INT64_BITS = 64;

function wide(low: number, high: number): number {
  return low + high * WORD;
}

/** The same for what may be negative. */
function signed(low: number, high: number): number {
  return Number(BigInt.asIntN(INT64_BITS, (BigInt(high) << 32n) + BigInt(low)));
}

export function createHandlers(
  binding: NativeBinding,
  session: NativeSession,
  environment: HandlerEnvironment,
): Handlers {
  const answers = new Answers(binding, environment);
  return new Map([
    ...attributeHandlers(answers, session),
    ...contentHandlers(answers, session),
    ...nameHandlers(answers, session),
  ]);
}

class Answers {
  readonly #binding: NativeBinding;
  readonly #environment: HandlerEnvironment;

  constructor(binding: NativeBinding, environment: HandlerEnvironment) {
    this.#binding = binding;
    this.#environment = environment;
  }

  /** Runs `work`; one of `done` and `failed` is called, once, and must answer. */
  settle<T>(
    name: string,
    work: () => T | Promise<T>,
    done: (value: T) => void,
    failed: (result: number) => void,
  ): void {
    const environment = this.#environment;
    environment.count();
    let value: T | Promise<T>;
    try {
      value = work();
    } catch (error) {
      failed(environment.failureOf(error, name));
      return;
    }
    if (value instanceof Promise) {
      value.then(done, (error: unknown) => failed(environment.failureOf(error, name)));
    } else done(value);
  }

  /** For requests that are answered with a number alone. */
  act<A extends readonly unknown[]>(
    name: string,
    work: (...args: A) => void | Promise<void>,
  ): [string, NativeHandler] {
    const signal = this.#binding.signal(name);
    const handler = (thread: NativeThread, _op: number, ...args: A): void => {
      const done = (): void => signal(thread, 0);
      this.settle(
        name,
        () => work(...args),
        done,
        (result) => signal(thread, result),
      );
    };
    return [name, handler as unknown as NativeHandler];
  }

  /** The same with one thing more, which has to be there in any case. */
  give<A extends readonly unknown[], T>(
    name: string,
    nothing: T,
    work: (...args: A) => T | Promise<T>,
  ): [string, NativeHandler] {
    const signal = this.#binding.signal(name);
    const handler = (thread: NativeThread, _op: number, ...args: A): void =>
      this.settle(
        name,
        () => work(...args),
        (value) => signal(thread, 0, value),
        (result) => signal(thread, result, nothing),
      );
    return [name, handler as unknown as NativeHandler];
  }

  /** For requests that come with a buffer, and are answered with a count. */
  fill<A extends readonly unknown[]>(
    name: string,
    bufferOf: (args: A) => Buffer,
    work: (...args: A) => number | Promise<number>,
  ): [string, NativeHandler] {
    const answer = answerWithBuffer(this.#binding.signal(name), name);
    const handler = (thread: NativeThread, _op: number, ...args: A): void => {
      const reply = (result: number): void => answer(thread, result, bufferOf(args));
      this.settle(name, () => work(...args), reply, reply);
    };
    return [name, handler as unknown as NativeHandler];
  }

  readdir(
    work: (path: string) => directories.Listing | Promise<directories.Listing>,
  ): [string, NativeHandler] {
    const signal = this.#binding.signal('readdir');
    const handler = (thread: NativeThread, _op: number, path: string): void =>
      this.settle(
        'readdir',
        () => work(path),
        (listing) => signal(thread, 0, listing.names, listing.entries),
        (result) => signal(thread, result, [], []),
      );
    return ['readdir', handler as unknown as NativeHandler];
  }
}

/** Reads and writes have a place for a count before the buffer, which nobody looks at. */
function answerWithBuffer(
  signal: Signal,
  name: string,
): (thread: NativeThread, result: number, buffer: Buffer) => void {
  if (name === 'read' || name === 'write') {
    return (thread, result, { buffer }) => signal(thread, result, 0, buffer);
  }
  return (thread, result, { buffer }) => signal(thread, result, buffer);
}

function attributeHandlers(answers: Answers, session: NativeSession): [string, NativeHandler][] {
  return [
    answers.give('getattr', NO_STAT, (path: string) => attributes.getattr(session, path)),
    answers.give('fgetattr', NO_STAT, (path: string, handle: number) =>
      attributes.fgetattr(session, path, handle),
    ),
    answers.give('statfs', NO_STATFS, () => attributes.statfs(session)),
    answers.act('access', (path: string) => attributes.access(session, path)),
    answers.act('chmod', (path: string, mode: number) => attributes.chmod(session, path, mode)),
    answers.act('chown', (path: string, uid: number, gid: number) =>
      attributes.chown(session, path, uid, gid),
    ),
    answers.act('utimens', (path: string, ...words: readonly [number, number, number, number]) => {
      const [atimeLow, atimeHigh, mtimeLow, mtimeHigh] = words;
      const times = { atime: signed(atimeLow, atimeHigh), mtime: signed(mtimeLow, mtimeHigh) };
      return attributes.utimens(session, path, times.atime, times.mtime);
    }),
    answers.fill(
      'setxattr',
      ([, , value]) => value,
      async (path: string, name: string, value: Buffer, _position: number, flags: number) => {
        await attributes.setxattr(session, path, { name, value, flags });
        return 0;
      },
    ),
    answers.fill(
      'getxattr',
      ([, , target]) => target,
      (path: string, name: string, target: Buffer) =>
        attributes.getxattr(session, path, name, target),
    ),
    answers.fill(
      'listxattr',
      ([, target]) => target,
      (path: string, target: Buffer) => attributes.listxattr(session, path, target),
    ),
    answers.act('removexattr', (path: string, name: string) =>
      attributes.removexattr(session, path, name),
    ),
  ];
}

function contentHandlers(answers: Answers, session: NativeSession): [string, NativeHandler][] {
  return [
    answers.give('open', 0, (path: string, flags: number) => content.open(session, path, flags)),
    answers.give('create', 0, (path: string, mode: number) => content.create(session, path, mode)),
    answers.fill(
      'read',
      ([, , target]) => target,
      (...args: readonly [string, number, Buffer, number, number, number]) => {
        const [, handle, target, , low, high] = args;
        return content.read(session, handle, target, wide(low, high));
      },
    ),
    answers.fill(
      'write',
      ([, , bytes]) => bytes,
      (...args: readonly [string, number, Buffer, number, number, number]) => {
        const [, handle, bytes, , low, high] = args;
        return content.write(session, handle, bytes, wide(low, high));
      },
    ),
    answers.act('truncate', (path: string, low: number, high: number) =>
      content.truncate(session, path, wide(low, high)),
    ),
    answers.act('ftruncate', (_path: string, handle: number, low: number, high: number) =>
      content.ftruncate(session, handle, wide(low, high)),
    ),
    // Called when a descriptor is closed; what was written is committed already.
    answers.act('flush', () => undefined),
    answers.act('fsync', () => content.fsync(session)),
    answers.act('fsyncdir', () => content.fsync(session)),
    answers.act('release', (_path: string, handle: number) => content.release(session, handle)),
  ];
}

function nameHandlers(answers: Answers, session: NativeSession): [string, NativeHandler][] {
  return [
    answers.give('opendir', 0, (path: string) => directories.opendir(session, path)),
    answers.readdir((path) => directories.readdir(session, path)),
    answers.act('releasedir', () => undefined),
    answers.give('readlink', '', (path: string) => names.readlink(session, path)),
    answers.act('mkdir', (path: string, mode: number) => names.mkdir(session, path, mode)),
    answers.act('mknod', (path: string, mode: number, rdev: number) =>
      names.mknod(session, path, mode, rdev),
    ),
    answers.act('symlink', (target: string, path: string) => names.symlink(session, target, path)),
    answers.act('link', (from: string, to: string) => names.link(session, from, to)),
    answers.act('unlink', (path: string) => names.unlink(session, path)),
    answers.act('rmdir', (path: string) => names.rmdir(session, path)),
    answers.act('rename', (from: string, to: string) => names.rename(session, from, to)),
  ];
}
