/** `fs.watch` and the `FSWatcher` it returns. */
import { EventEmitter } from 'node:events';
import { invalidArgValue } from '../arguments/node-error.js';
import { getOptions } from '../arguments/options.js';
import { validatePath } from '../arguments/path.js';
import { validateBoolean } from '../arguments/types.js';
import type { WatchHub } from './hub.js';
import type { EventType } from './sink.js';
import type { Watch, WatchListener } from './watch.js';

/** Emits `change` (type, filename), `error` and `close`, as Node's. */
export class FSWatcher extends EventEmitter {
  #watch: Watch | undefined;

  /** Use `fs.watch`. */
  constructor(open: (listener: WatchListener) => Watch) {
    super();
    this.#watch = open({
      event: (type, filename) => {
        this.emit('change', type, filename);
      },
      ended: (error) => this.#ended(error),
    });
  }

  #ended(error: unknown): void {
    if (this.#watch === undefined) return;
    // After an error there is no `close`, as in Node.
    if (error === undefined) this.close();
    else {
      this.#watch.close();
      this.#watch = undefined;
      this.emit('error', error);
    }
  }

  /** Does nothing, as in Node. */
  start(): void {}

  /** Ends the watching; `close` is emitted after the current turn. */
  close(): void {
    if (this.#watch === undefined) return;
    this.#watch.close();
    this.#watch = undefined;
    process.nextTick(() => this.emit('close'));
  }

  /** Keeps the process alive, as a persistent watcher does from the start. */
  ref(): this {
    this.#watch?.setRef(true);
    return this;
  }

  unref(): this {
    this.#watch?.setRef(false);
    return this;
  }
}

export type FSWatchListener = (eventType: EventType, filename: string | Buffer) => void;

export function watch(
  hub: WatchHub,
  filename: unknown,
  optionsOrListener?: unknown,
  listenerArgument?: unknown,
): FSWatcher {
  const listener = typeof optionsOrListener === 'function' ? optionsOrListener : listenerArgument;
  const options = getOptions(optionsOrListener);
  const path = validatePath(filename);
  const { encoding, signal, persistent = true, recursive = false } = options;
  if (recursive) checkRecursive(recursive, persistent, encoding);
  const request = {
    path,
    encoding,
    persistent: persistent === true,
    recursive: Boolean(recursive),
  };
  const watcher = new FSWatcher((events) => hub.open(request, events));
  try {
    if (listener) watcher.addListener('change', listener as FSWatchListener);
  } catch (error) {
    watcher.close();
    throw error;
  }
  if (signal !== undefined) closeOnAbort(watcher, signal);
  return watcher;
}

/** Node checks more of the options when it watches recursively. */
function checkRecursive(recursive: unknown, persistent: unknown, encoding: unknown): void {
  validateBoolean(recursive, 'options.recursive');
  if (persistent !== null) validateBoolean(persistent, 'options.persistent');
  if (encoding !== undefined && encoding !== null && typeof encoding !== 'string') {
    throw invalidArgValue('options.encoding', encoding);
  }
}

function closeOnAbort(watcher: FSWatcher, signal: AbortSignal): void {
  if (signal.aborted) {
    process.nextTick(() => watcher.close());
    return;
  }
  const onAbort = (): void => watcher.close();
  signal.addEventListener('abort', onAbort);
  watcher.once('close', () => signal.removeEventListener('abort', onAbort));
}
