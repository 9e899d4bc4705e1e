/** Events of watchers as text, for tests to compare. */
import { setImmediate } from 'node:timers/promises';
import type { Volume } from '../../support/subject.js';

export class Record {
  #events: string[] = [];

  /** A listener for `fs.watch`; `label` tells whose events they are. */
  listener(label = ''): (type: string, filename: string | Buffer | null) => void {
    const prefix = label === '' ? '' : `${label} `;
    return (type, filename) => {
      this.#events.push(`${prefix}${type} ${String(filename)}`);
    };
  }

  note(event: string): void {
    this.#events.push(event);
  }

  get length(): number {
    return this.#events.length;
  }

  /** What has been told since the last time. */
  take(): string[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** What `work` is told as: an answered change has been told, at the latest a turn later. */
  async during(work: () => unknown): Promise<string[]> {
    this.take();
    await work();
    await setImmediate();
    return this.take();
  }
}

/** Watches and records under one label per watch. */
export function watchAll(
  { fs }: Volume,
  watched: { readonly [label: string]: { path: string; recursive?: boolean } },
): Record {
  const record = new Record();
  for (const [label, { path, recursive = false }] of Object.entries(watched)) {
    fs.watch(path, { recursive }, record.listener(label));
  }
  return record;
}
