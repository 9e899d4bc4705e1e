/** Where events go: one per watcher. */

/** `rename`: a name came or went; `change`: content or attributes. */
export type EventType = 'rename' | 'change';

export interface Sink {
  /** An event under a path relative to what is watched. */
  tell(type: EventType, path: string): void;
  /** An event of what is watched itself. */
  tellSelf(type: EventType): void;
}
