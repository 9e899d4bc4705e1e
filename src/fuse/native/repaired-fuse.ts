/**
 * The class of fuse-native, with what can be repaired of it from JavaScript:
 *
 *   fgetattr and ftruncate by handle    (it asks by path, which an open file may have lost)
 *   flags of opendir                    (it takes the handle for them)
 *   sizes of extended attributes        (a list longer than the buffer ends its process)
 *   nlink 0                             (it makes that 1)
 *   options that are 0, false or new    (it drops them)
 *   exactly one answer, whatever fails  (what is thrown leaves the caller in the kernel for good)
 *
 * And what it costs: the class binds a function, waits for the next tick and makes a new array for each
 * request; here a request is answered in the call that brought it, where nothing has to be waited for.
 */
import { errnoOf, type OnError } from '../handler.js';
import type { Counts } from '../process/protocol.js';
import type { NativeBinding, NativeFuse, NativeHandler } from './binding.js';
import { createHandlers } from './native-handlers.js';
import type { NativeSession } from './native-session.js';

export interface RepairedFuse extends NativeFuse {
  readonly counts: Counts;
}

export interface RepairedEnvironment {
  readonly dir: string;
  /** Of libfuse, see `fuse-options.ts`. */
  readonly options: string;
  readonly onError: OnError;
}

export function createRepairedFuse(
  binding: NativeBinding,
  session: NativeSession,
  { dir, options, onError }: RepairedEnvironment,
): RepairedFuse {
  const counts = { requests: 0, errors: 0 };
  const noteError: OnError = (error, request) => {
    counts.errors += 1;
    onError(error, request);
  };
  const handlers = createHandlers(binding, session, {
    count: () => {
      counts.requests += 1;
    },
    failureOf: (error, request) => -errnoOf(error, request, noteError),
  });

  class Repaired extends binding.Fuse {
    readonly counts = counts;

    override _fuseOptions(): string {
      return options;
    }

    override _makeHandlerArray(): NativeHandler[] {
      const list: NativeHandler[] = [];
      for (const [name, handler] of handlers) list[binding.op(name)] = handler;
      // The package's own: it tells that the mount is there.
      const signal = binding.signal('init');
      list[binding.op('init')] = (thread) => this._op_init((result) => signal(thread, result));
      return list;
    }
  }

  // The package looks whether there are such functions, and has libfuse call for those.
  const given = Object.fromEntries([...handlers.keys()].map((name) => [name, () => undefined]));
  return new Repaired(dir, given, {});
}
