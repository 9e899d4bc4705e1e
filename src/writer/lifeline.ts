/**
 * Whether the thread at the other end of a port lives, for a thread that waits synchronously and so sees
 * none of its own events.
 *
 * However a thread ends, out of memory and terminated included, Node closes its ports on the way, without
 * the help of anybody's event loop. And a port that is closed cannot be transferred. So a port whose other
 * end went to that thread is looked at by transferring it to ourselves. A thread that is only busy keeps
 * its ports: nothing is concluded from silence.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { LifelineMessage } from './protocol.js';

export class Lifeline {
  #port: MessagePort;

  /** Sends the far end through `port`. Where that leads nowhere, the far end is closed at once. */
  constructor(port: MessagePort) {
    const { port1, port2 } = new MessageChannel();
    const message: LifelineMessage = { kind: 'lifeline', port: port2 };
    port.postMessage(message, [port2]);
    this.#port = port1;
  }

  get isAlive(): boolean {
    // Lets the port notice that its other end has closed.
    receiveMessageOnPort(this.#port);
    try {
      this.#port = structuredClone(this.#port, { transfer: [this.#port] });
      return true;
    } catch {
      return false;
    }
  }

  close(): void {
    this.#port.close();
  }
}
