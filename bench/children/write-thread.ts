/**
 * A thread that writes files into a volume it is attached to: `callers` at a time, or synchronously one
 * after the other. Answers 'ready' once it has written some that do not count, then each order when done.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { attachVolume, type VolumeHandle } from '#src/index.js';
import { runCallers } from '../harness/callers.js';
import { fileName, payloadOf } from '../harness/payload.js';

export interface WriteThreadData {
  readonly handle: VolumeHandle;
  /** 0 for synchronous writes. */
  readonly callers: number;
  readonly warmUpCount: number;
}

/** Files to write: `first` and those after it. */
export interface WriteOrder {
  readonly folder: string;
  readonly first: number;
  readonly count: number;
}

const { handle, callers, warmUpCount } = workerData as WriteThreadData;
const payload = payloadOf(10_240);
const volume = attachVolume(handle);
const port = parentPort;

async function write({ folder, first, count }: WriteOrder): Promise<void> {
  const { fs } = volume;
  const path = (index: number): string => `${folder}/${fileName(first + index)}`;
  if (callers > 0) {
    await runCallers(callers, count, (index) =>
      fs.promises.writeFile(path(index), payload.of(first + index)),
    );
    return;
  }
  for (let index = 0; index < count; index += 1) {
    fs.writeFileSync(path(index), payload.of(first + index));
  }
}

port?.on('message', async (order: WriteOrder | 'close') => {
  if (order === 'close') {
    await volume.close();
    port.close();
  } else {
    await write(order);
    port.postMessage('done');
  }
});
await write({ folder: '/warm-up', first: 0, count: warmUpCount });
port?.postMessage('ready');
