/**
 * The writer's end of a port, played by the test: it keeps what arrives and answers when told, so
 * that the state of the queue at every moment is known.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { OpenOptions } from '#src/core/options.js';
import { resolveOptions } from '#src/core/options.js';
import { WriterClient } from '#src/writer/client.js';
import { createDoorbell, type Doorbell } from '#src/writer/doorbell.js';
import type {
  ClientMessage,
  CommandsMessage,
  ControlMessage,
  WriterMessage,
} from '#src/writer/protocol.js';
import { until } from '../support/until.js';

export class ScriptedWriter {
  readonly client: WriterClient;
  readonly received: ClientMessage[] = [];
  readonly #port: MessagePort;
  #answered = 0;

  constructor(options: OpenOptions = {}, doorbell: Doorbell = createDoorbell()) {
    const { port1, port2 } = new MessageChannel();
    this.client = new WriterClient(port1, doorbell, resolveOptions(options), 'the-volume');
    this.#port = port2;
    port2.on('message', (message: ClientMessage) => this.received.push(message));
  }

  send(message: WriterMessage): void {
    this.#port.postMessage(message);
  }

  get controls(): ControlMessage[] {
    return this.received.filter((message) => message.kind === 'control');
  }

  /** Paths of the commands that have arrived, in order. */
  get paths(): unknown[] {
    const messages = this.received.filter((message) => message.kind === 'commands');
    return messages.flatMap(({ jobs }: CommandsMessage) =>
      jobs.map(([, , commands]) => commands[0]?.[1][0]),
    );
  }

  /** Resolves when `count` commands have arrived since the start. */
  async arrived(count: number): Promise<void> {
    await until(`${count} commands at the writer`, () => this.paths.length >= count);
  }

  /** Answers the next `count` commands with success. */
  answer(count: number): void {
    this.#answered += count;
    this.send({ kind: 'results', results: count });
  }

  /** Answers everything that has arrived and is not answered. */
  answerAll(): void {
    this.answer(this.paths.length - this.#answered);
  }

  /** Ends the thread, as seen by the client. */
  die(): void {
    this.#port.close();
  }

  end(): void {
    this.client.disconnect();
    this.#port.close();
  }
}

/** Queues a write of `bytes` bytes to `path`. */
export function submitWrite(
  { client }: ScriptedWriter,
  path: string,
  bytes = 0,
  signal?: AbortSignal,
): Promise<unknown> {
  const data = bytes === 0 ? undefined : new Uint8Array(bytes);
  return client.submit('truncate', [path, 0], { data, signal });
}
