/**
 * The threads that are attached to a volume, as the thread that opened it sees them: it tells them when
 * it closes, and how many share the memory.
 *
 *   connect() ──▶ guest, unused ──attachVolume()──▶ attached ──close(), or its thread ends──▶ forgotten
 *
 * A guest whose thread ends, however, closes its port: nothing else is needed to forget it. What it had
 * asked of the writer is the writer's business, which has a port of its own to that thread.
 */
import type { MessagePort } from 'node:worker_threads';
import type { ThreadBoard } from '../core/thread-board.js';
import type { LifelineMessage } from '../writer/protocol.js';
import { Claim, type SharedState } from './shared-state.js';

/** From an attached thread to the one that opened the volume. */
export type GuestMessage =
  | { readonly kind: 'attached' }
  /** Everything that was accepted is on its way to the writer. */
  | { readonly kind: 'posted' }
  /** A handle that was made by the guest. */
  | {
      readonly kind: 'admit';
      readonly port: MessagePort;
      readonly claim: SharedArrayBuffer;
      readonly slot: number;
    }
  | LifelineMessage;

/** From the thread that opened the volume to those attached. */
export type HomeMessage = 'closing' | 'threads changed';

interface Guest {
  readonly port: MessagePort;
  readonly claim: Claim;
  /** Of its thread, on the board of threads. */
  readonly slot: number;
  hasPosted: boolean;
}

/** How long closing waits for a thread whose event loop does not turn, in milliseconds. */
const POST_GRACE_MS = 1000;
/** How long it waits for threads that answered to close their read connections, in milliseconds. */
const LEAVE_GRACE_MS = 2000;

export class Attachments {
  readonly #state: SharedState;
  readonly #board: ThreadBoard;
  readonly #onThreads: () => void;
  readonly #guests = new Set<Guest>();
  #onProgress: () => void = () => undefined;

  /** `onThreads` is called when threads have come or gone. */
  constructor(state: SharedState, board: ThreadBoard, onThreads: () => void) {
    this.#state = state;
    this.#board = board;
    this.#onThreads = onThreads;
  }

  admit(port: MessagePort, claim: Claim, slot: number): void {
    const guest: Guest = { port, claim, slot, hasPosted: false };
    this.#guests.add(guest);
    port.on('message', (message: GuestMessage) => this.#receive(guest, message));
    port.on('close', () => this.#forget(guest));
    port.unref();
    // It came too late to be told with the others.
    if (this.#state.isClosing) send(guest, 'closing');
  }

  #receive(guest: Guest, message: GuestMessage): void {
    switch (message.kind) {
      case 'attached':
        this.#announceThreads();
        break;
      case 'posted':
        guest.hasPosted = true;
        this.#onProgress();
        break;
      case 'admit':
        this.admit(message.port, new Claim(message.claim), message.slot);
        break;
      case 'lifeline':
        // It closes with its other end. Closed here, it would look as if this thread had ended.
        break;
    }
  }

  #forget(guest: Guest): void {
    this.#guests.delete(guest);
    this.#board.giveBack(guest.slot);
    this.#state.giveHandleBack();
    if (guest.claim.end()) this.#state.countThread(-1);
    this.#announceThreads();
    this.#onProgress();
  }

  #announceThreads(): void {
    this.#onThreads();
    for (const guest of this.#guests) if (guest.claim.isAttached) send(guest, 'threads changed');
  }

  /**
   * Ends the work of all: nothing new is begun anywhere, and what they had accepted is on its way to the
   * writer when this resolves. A thread that is blocked is not waited for.
   */
  async dismiss(): Promise<void> {
    this.#state.beginClosing();
    for (const guest of this.#guests) send(guest, 'closing');
    await this.#wait(POST_GRACE_MS, ({ hasPosted }) => hasPosted);
  }

  /** Resolves when those that answered have closed their connections, or after a while. */
  async left(): Promise<void> {
    await this.#wait(LEAVE_GRACE_MS, ({ hasPosted }) => !hasPosted);
  }

  /** Lets go of the ports of those that did not leave. */
  close(): void {
    for (const { port } of this.#guests) port.close();
  }

  /** Waits until every attached guest that is left is `done`, at most `graceMs`. */
  #wait(graceMs: number, done: (guest: Guest) => boolean): Promise<void> {
    const isOver = (): boolean =>
      [...this.#guests].every((guest) => !guest.claim.isAttached || done(guest));
    if (isOver()) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#onProgress = () => undefined;
        resolve();
      };
      const timer = setTimeout(finish, graceMs);
      this.#onProgress = () => {
        if (isOver()) finish();
      };
    });
  }
}

function send({ port }: Guest, message: HomeMessage): void {
  port.postMessage(message);
}
