/** `fs.promises.watch`: events as an asynchronous iterator. */
import { AbortError, validateAbortSignal } from '../arguments/abort.js';
import { validateInteger } from '../arguments/integers.js';
import { invalidArgValue, watchQueueOverflow } from '../arguments/node-error.js';
import { validatePath } from '../arguments/path.js';
import { validateBoolean, validateObject } from '../arguments/types.js';
import type { WatchHub } from './hub.js';
import type { EventType } from './sink.js';
import type { WatchListener, WatchRequest } from './watch.js';

export interface FileChangeInfo<Name = string | Buffer> {
  readonly eventType: EventType;
  readonly filename: Name;
}

/** Events that wait for a slow reader of the iterator; some 10 MB. */
const QUEUE_MAX = 65_536;

interface EventsOptions {
  readonly request: WatchRequest;
  readonly signal: AbortSignal | undefined;
  readonly maxQueue: number;
  readonly overflow: 'ignore' | 'throw';
}

function eventsOptions(filename: unknown, options: unknown): EventsOptions {
  const path = validatePath(filename);
  validateObject(options, 'options');
  const { persistent = true, recursive = false, encoding = 'utf8', signal } = options;
  const { maxQueue = QUEUE_MAX, overflow = 'ignore' } = options;
  validateBoolean(persistent, 'options.persistent');
  validateBoolean(recursive, 'options.recursive');
  validateInteger(maxQueue, 'options.maxQueue', 1);
  if (overflow !== 'ignore' && overflow !== 'throw') {
    throw invalidArgValue('options.overflow', overflow, "must be one of: 'ignore', 'throw'");
  }
  validateAbortSignal(signal, 'options.signal');
  if (encoding && encoding !== 'buffer' && !Buffer.isEncoding(encoding as string)) {
    throw invalidArgValue('encoding', encoding, 'is invalid encoding');
  }
  const request = { path, persistent, recursive, encoding: encoding as BufferEncoding };
  return { request, signal, maxQueue, overflow };
}

/** What has been told and not been taken. */
class EventQueue implements WatchListener {
  readonly #max: number;
  readonly #overflow: 'ignore' | 'throw';
  #events: FileChangeInfo[] = [];
  #failure: { readonly error: unknown } | undefined;
  #hasEnded = false;
  #wake: (() => void) | undefined;

  constructor({ maxQueue, overflow }: EventsOptions) {
    this.#max = maxQueue;
    this.#overflow = overflow;
  }

  event(eventType: EventType, filename: string | Buffer): void {
    if (this.#events.length < this.#max) this.#events.push({ eventType, filename });
    else if (this.#overflow === 'throw') this.ended(watchQueueOverflow(this.#max));
    else process.emitWarning('fs.watch maxQueue exceeded');
    this.#wake?.();
  }

  ended(error?: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (error !== undefined) this.#failure = { error };
    this.#wake?.();
  }

  /** All events that wait; none when the watch has ended. Throws what it ended with. */
  async take(): Promise<readonly FileChangeInfo[]> {
    if (this.#events.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const events = this.#events;
    this.#events = [];
    return events;
  }
}

export async function* watchEvents(
  hub: WatchHub,
  filename: unknown,
  options: unknown = {},
): AsyncGenerator<FileChangeInfo, undefined, undefined> {
  const given = eventsOptions(filename, options);
  const { request, signal } = given;
  if (signal?.aborted) throw new AbortError(signal.reason);
  const queue = new EventQueue(given);
  const watch = hub.open(request, queue);
  const onAbort = (): void => {
    watch.close();
    queue.ended(new AbortError(signal?.reason));
  };
  signal?.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const events = await queue.take();
      if (events.length === 0) return undefined;
      for (const event of events) {
        yield event;
        // Node forgets what it has not given out yet.
        if (signal?.aborted) throw new AbortError(signal.reason);
      }
    }
  } finally {
    watch.close();
    signal?.removeEventListener('abort', onAbort);
  }
}
