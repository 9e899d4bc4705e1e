/** One watch: what `fs.watch` and the iterator of `fs.promises.watch` have in common. */
import { encodeName, type NameEncoding } from '../arguments/encoding.js';
import type { Delivery, Outbox } from './outbox.js';
import type { EventType, Sink } from './sink.js';

/** What the caller asked for, its arguments checked. */
export interface WatchRequest {
  readonly path: string | Uint8Array;
  readonly recursive: boolean;
  readonly persistent: boolean;
  readonly encoding: NameEncoding;
}

export interface WatchListener {
  event(type: EventType, filename: string | Buffer): void;
  /** The watch has ended, with an error when nothing can be told any more. */
  ended(error?: unknown): void;
}

/** What a watch needs of the hub. */
export interface WatchOwner {
  readonly outbox: Outbox;
  release(watch: Watch): void;
  updateRef(): void;
}

export class Watch implements Sink {
  readonly request: WatchRequest;
  readonly listener: WatchListener;
  readonly #owner: WatchOwner;
  /** What events of the watched inode itself are called: the last name of the path, as in inotify. */
  readonly #selfName: string;
  #isOpen = true;
  #isRef: boolean;

  constructor(owner: WatchOwner, request: WatchRequest, text: string, listener: WatchListener) {
    this.#owner = owner;
    this.request = request;
    this.listener = listener;
    this.#isRef = request.persistent;
    this.#selfName = text.slice(text.lastIndexOf('/') + 1);
  }

  tell(type: EventType, path: string): void {
    this.#owner.outbox.push(new WatchEvent(this, type, path));
  }

  tellSelf(type: EventType): void {
    this.tell(type, this.#selfName);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether it keeps the process alive. */
  get isRef(): boolean {
    return this.#isRef;
  }

  setRef(isRef: boolean): void {
    this.#isRef = isRef;
    this.#owner.updateRef();
  }

  /** Nothing is told any more, not even what has happened already. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.release(this);
  }
}

class WatchEvent implements Delivery {
  readonly #watch: Watch;
  readonly #type: EventType;
  readonly #path: string;

  constructor(watch: Watch, type: EventType, path: string) {
    this.#watch = watch;
    this.#type = type;
    this.#path = path;
  }

  deliver(): void {
    const { isOpen, listener, request } = this.#watch;
    if (isOpen) listener.event(this.#type, encodeName(this.#path, request.encoding));
  }
}
