/**
 * The other side of the desks of a mount's serving threads (`desk.ts`), in a thread whose event loop
 * turns. What it answers goes to the kernel from here: any thread may write to the transport.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { WriterClient } from '../writer/client.js';
import { createDeskCells, type DeskMessage, type DeskWire, errorOf } from './desk.js';
import { limitReports } from './error-reports.js';
import type { OnError } from './handler.js';
import { LockWaiting } from './lock-waiting.js';
import { NOTIFY } from './protocol/flags.js';
import { createPage, encodeError, encodeNotification, type Page } from './protocol/reply.js';
import { NOTIFY_INVAL_INODE_OUT } from './protocol/structs.js';

export interface DeskKeeperEnvironment {
  /** Absent on a volume that is open for reading only, where nobody can lock. */
  readonly client: WriterClient | undefined;
  /** Hands a reply or a notification to the kernel; must not throw when the mount or the caller has gone. */
  send(bytes: Uint8Array): void;
  /** Told of errors that the kernel got as EIO; `repeated`: so many of the kind were not told before. */
  onError(error: unknown, request: string, repeated: number): void;
}

const SMALL_PAGE_BYTES = 256;

let lastMount = 0;

export class DeskKeeper {
  readonly #environment: DeskKeeperEnvironment;
  readonly #waiting: LockWaiting | undefined;
  readonly #ports: MessagePort[] = [];
  readonly #cells = createDeskCells();
  readonly #mount: string;
  readonly #page: Page = createPage(SMALL_PAGE_BYTES);
  readonly #report: OnError;

  constructor(environment: DeskKeeperEnvironment) {
    this.#environment = environment;
    this.#report = limitReports((...told) => environment.onError(...told));
    lastMount += 1;
    this.#mount = `m${lastMount}`;
    const { client } = environment;
    if (client === undefined) return;
    this.#waiting = new LockWaiting({
      client,
      reply: (unique, errno) => this.#send(encodeError(this.#page, unique, errno)),
      onError: (error) => this.#report(error, 'setlkw'),
    });
  }

  /** A desk for one more serving thread; its port has to be transferred. */
  open(): DeskWire {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', (message: DeskMessage) => this.#receive(message));
    port1.unref();
    this.#ports.push(port1);
    return { port: port2, cells: this.#cells, mount: this.#mount };
  }

  /** When the mount has gone: nobody is answered any more. */
  close(): void {
    this.#waiting?.close();
    for (const port of this.#ports) {
      this.#drain(port);
      port.close();
    }
  }

  /** What failed last is told, too. */
  #drain(port: MessagePort): void {
    for (;;) {
      const received = receiveMessageOnPort(port);
      if (received === undefined) return;
      this.#receive(received.message as DeskMessage);
    }
  }

  #receive(message: DeskMessage): void {
    switch (message.type) {
      case 'await':
        this.#waiting?.await(message);
        break;
      case 'interrupt':
        this.#waiting?.interrupt(message.unique);
        break;
      case 'stale': {
        const values = { ino: message.ino, off: 0, len: 0 };
        this.#send(
          encodeNotification(this.#page, NOTIFY.invalInode, NOTIFY_INVAL_INODE_OUT, values),
        );
        break;
      }
      case 'error':
        this.#report(errorOf(message.error), message.request);
        break;
    }
  }

  #send(length: number): void {
    this.#environment.send(this.#page.buffer.subarray(0, length));
  }
}
