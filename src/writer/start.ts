/** Starting the writer thread of a volume, from the thread that opens it. */
import { MessageChannel } from 'node:worker_threads';
import { decodeFailure, isFailure } from '../core/failure.js';
import type { ResolvedOptions } from '../core/options.js';
import type { ThreadSlot } from '../core/thread-slot.js';
import type { MigrationReport } from '../schema/migrate.js';
import { LatestInodes } from '../store/latest-inodes.js';
import { LatestRecords } from '../store/latest-records.js';
import { WriterClient } from './client.js';
import { createDoorbell } from './doorbell.js';
import { WriterGauges } from './gauges.js';
import { takeHost } from './host.js';
import type { StartAnswer, StartTask } from './thread.js';

export interface StartedWriter {
  readonly client: WriterClient;
  readonly gauges: WriterGauges;
  readonly migrations: MigrationReport;
  /** Ends the thread; after the writer has closed. */
  stop(): Promise<void>;
}

/** Where the thread tells others of the volume; without them nobody is told. */
export interface WriterBoards {
  readonly records?: LatestRecords;
  readonly inodes?: LatestInodes;
  /** Of the thread that opens the volume. */
  readonly slot?: ThreadSlot;
}

/** Opens the volume for writing on a thread of its own. */
export async function startWriter(
  path: string,
  options: ResolvedOptions,
  isBulkLoad = false,
  boards: WriterBoards = {},
): Promise<StartedWriter> {
  const host = takeHost();
  const gauges = new WriterGauges();
  const { port1, port2 } = new MessageChannel();
  const doorbell = createDoorbell();
  const task: StartTask = {
    path,
    options,
    gauges: gauges.buffer,
    records: (boards.records ?? new LatestRecords()).buffer,
    inodes: (boards.inodes ?? new LatestInodes()).buffer,
    port: port2,
    doorbell,
    isBulkLoad,
  };
  try {
    const answer = (await host.run(task, { transferList: [port2] })) as StartAnswer;
    if (isFailure(answer)) throw decodeFailure(answer);
    const client = new WriterClient(port1, doorbell, options, path, boards.slot);
    // A thread that dies of an error closes its ports too; without a listener the process would die.
    host.on('error', (error: unknown) => client.lose(error));
    return {
      client,
      gauges,
      migrations: answer.migrations,
      stop: () => host.destroy(),
    };
  } catch (error) {
    port1.close();
    await host.destroy();
    throw error;
  }
}
