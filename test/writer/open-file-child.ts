/** Run by `reaper.test.ts`: another process that has a file of the volume open. */
import type { FileHandle } from 'node:fs/promises';
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import { countRows } from '../support/row-counts.js';
import { until } from '../support/until.js';

const file = process.argv[2] as string;
const volume = await openVolume(file);
let handle: FileHandle | undefined;

answerParent({
  open: async (path: string) => {
    handle = await volume.fs.promises.open(path, 'r');
  },
  read: async () => {
    const { buffer, bytesRead } = (await handle?.read(Buffer.alloc(100), 0, 100, 0)) ?? {
      buffer: Buffer.alloc(0),
      bytesRead: 0,
    };
    return buffer.toString('utf8', 0, bytesRead);
  },
  /** Resolves when this process has said that it holds the orphan. */
  awaitHold: () => until('a hold', () => countRows(file, 'hold') === 1),
  close: () => handle?.close(),
  end: async () => {
    await volume.close();
  },
});
