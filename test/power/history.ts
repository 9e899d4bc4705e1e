/** What the marks of a recorded run say: the states that the volume went through, and what was promised. */

import { apply, difference, type Model, type Operation } from '../crash/operation.js';
import type { DiskRecord } from '../support/disk/log.js';

/** Directory in which the child works. */
export const ROOT = '/root';

export interface Mark {
  readonly what:
    | 'opened'
    | 'begun'
    | 'acknowledged'
    | 'syncing'
    | 'synced'
    | 'backed up'
    | 'closed'
    | 'done';
  readonly operation?: Operation;
}

export type Level = 'full' | 'interval' | 'normal' | 'off';

export class History {
  /** States by the number of operations that were done. */
  readonly #states: Model[] = [new Map()];
  readonly #acknowledgedMs: number[] = [];
  #isOpened = false;
  /** Operations that a barrier covers, and those that the one under way will cover. */
  #safe = 0;
  #covered = 0;
  #isBarrierLast = false;

  note(record: DiskRecord): void {
    this.#isBarrierLast = record.kind === 'mark' && this.#isBarrierLast;
    if (record.kind !== 'mark') return;
    const { what, operation } = JSON.parse(record.bytes.toString()) as Mark;
    this.#isBarrierLast = what === 'synced' || what === 'closed';
    if (what === 'opened') this.#isOpened = true;
    else if (what === 'begun') this.#begin(operation as Operation);
    else if (what === 'acknowledged') this.#acknowledgedMs.push(record.timeMs);
    else if (what === 'syncing') this.#covered = this.acknowledged;
    else if (what === 'synced') this.#safe = this.#covered;
    else if (what === 'closed') this.#safe = this.acknowledged;
  }

  #begin(operation: Operation): void {
    const state: Model = new Map(this.#states.at(-1));
    apply(state, operation);
    this.#states.push(state);
  }

  get isOpened(): boolean {
    return this.#isOpened;
  }

  get acknowledged(): number {
    return this.#acknowledgedMs.length;
  }

  /** Whether nothing but marks came after a barrier: then every level promises the same. */
  get isAtBarrier(): boolean {
    return this.#isBarrierLast;
  }

  /** How many operations must have survived a power cut at `nowMs`. */
  promised(level: Level, syncIntervalMs: number, nowMs: number): number {
    if (level === 'full') return this.acknowledged;
    if (level !== 'interval') return this.#safe;
    const old = this.#acknowledgedMs.filter((timeMs) => timeMs <= nowMs - syncIntervalMs).length;
    return Math.max(this.#safe, old);
  }

  /** What is wrong with what was found, undefined when it is a state that may be found. */
  judge(found: Model | undefined, promised: number): string | undefined {
    if (found === undefined) return this.#isOpened ? 'the volume is gone' : undefined;
    for (let number = this.#states.length - 1; number >= promised; number -= 1) {
      if (difference(this.#states[number] as Model, found) === undefined) return undefined;
    }
    const lost = this.#states.findIndex((state) => difference(state, found) === undefined);
    if (lost >= 0) return `state ${lost} was found, ${promised} operations were promised`;
    const why = difference(this.#states[promised] as Model, found);
    return `no state of the volume was found (${promised} promised: ${why})`;
  }
}
