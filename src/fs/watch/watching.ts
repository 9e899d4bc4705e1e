/** `watch`, `watchFile`, `unwatchFile` and `promises.watch` of a volume in one thread. */
import type { watch as nodeWatch, watchFile as nodeWatchFile } from 'node:fs';
import type { watch as nodeEvents } from 'node:fs/promises';
import type { PathLike } from '../arguments/path.js';
import type { BigIntStats, Stats } from '../stats.js';
import { type FSWatcher, watch } from './fs-watcher.js';
import { WatchHub, type WatchSource } from './hub.js';
import type { EventType } from './sink.js';
import type { StatWatcher } from './stat-watcher.js';
import { type FileChangeInfo, watchEvents } from './watch-events.js';

export interface WatchOptions {
  /** Of the names that are told; `'buffer'` for bytes. @defaultValue 'utf8' */
  readonly encoding?: BufferEncoding | 'buffer' | null | undefined;
  /** Keep the process alive. @defaultValue true */
  readonly persistent?: boolean | undefined;
  /** Tell of everything below, by relative paths. @defaultValue false */
  readonly recursive?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface WatchEventsOptions extends WatchOptions {
  /** Most events that wait to be taken. @defaultValue 65536 */
  readonly maxQueue?: number | undefined;
  /** What becomes of more: dropped with a warning, or the end. @defaultValue 'ignore' */
  readonly overflow?: 'ignore' | 'throw' | undefined;
}

export interface WatchFileOptions {
  readonly bigint?: boolean | undefined;
  /** Keep the process alive. @defaultValue true */
  readonly persistent?: boolean | undefined;
  /** Has no effect: nothing polls. */
  readonly interval?: number | undefined;
}

type WantsBytes = 'buffer' | (WatchOptions & { readonly encoding: 'buffer' });
type Told<Name> = (eventType: EventType, filename: Name) => void;

export interface WatchFunction {
  (filename: PathLike, listener?: Told<string>): FSWatcher;
  (filename: PathLike, options: WantsBytes, listener?: Told<Buffer>): FSWatcher;
  (
    filename: PathLike,
    options: WatchOptions | BufferEncoding | null | undefined,
    listener?: Told<string>,
  ): FSWatcher;
}

export interface WatchFileFunction {
  (filename: PathLike, listener: (current: Stats, previous: Stats) => void): StatWatcher;
  (
    filename: PathLike,
    options: WatchFileOptions & { readonly bigint: true },
    listener: (current: BigIntStats, previous: BigIntStats) => void,
  ): StatWatcher;
  (
    filename: PathLike,
    options: WatchFileOptions | undefined,
    listener: (current: Stats, previous: Stats) => void,
  ): StatWatcher;
}

type Events<Name> = AsyncGenerator<FileChangeInfo<Name>, undefined, undefined>;

export interface WatchEventsFunction {
  (
    filename: PathLike,
    options: WatchEventsOptions & { readonly encoding: 'buffer' },
  ): Events<Buffer>;
  (filename: PathLike, options?: WatchEventsOptions): Events<string>;
}

/** Our own types come first; Node's make each function fit where one of Node's is asked for. */
export interface Watching {
  readonly watch: WatchFunction & typeof nodeWatch;
  readonly watchFile: WatchFileFunction & typeof nodeWatchFile;
  readonly unwatchFile: (
    filename: PathLike,
    listener?: (current: never, previous: never) => void,
  ) => void;
  /** `promises.watch`. */
  readonly events: WatchEventsFunction & typeof nodeEvents;
  /** Ends all watchers; what has happened by now is told first. */
  readonly close: () => void;
}

export function createWatching(source: WatchSource): Watching {
  const hub = new WatchHub(source);
  return {
    watch: ((filename: unknown, options: unknown, listener: unknown) =>
      watch(hub, filename, options, listener)) as Watching['watch'],
    watchFile: ((filename: unknown, options: unknown, listener: unknown) =>
      hub.stats.watchFile(filename, options, listener)) as Watching['watchFile'],
    unwatchFile: (filename, listener) => hub.stats.unwatchFile(filename, listener),
    events: ((filename: unknown, options: unknown) =>
      watchEvents(hub, filename, options)) as Watching['events'],
    close: () => hub.close(),
  };
}
