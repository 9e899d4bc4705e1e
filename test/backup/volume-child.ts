/** A process that has a volume open, for tests of who may replace it. */
import { openVolume } from '#src/index.js';
import { answerParent } from '../support/child.js';
import type { OpenOptions, Volume } from '../support/subject.js';

const [file = ''] = process.argv.slice(2);
let volume: Volume | undefined;

answerParent({
  open: async (options?: OpenOptions) => {
    volume = await openVolume(file, options);
    await volume.fs.promises.readdir('/');
  },
  write: async (path: string, size: number) => {
    await volume?.fs.promises.writeFile(path, Buffer.alloc(size, path));
  },
  end: async () => await volume?.close(),
});
