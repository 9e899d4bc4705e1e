/** Run by the tests of this folder: another process that has a volume open, as asked. */
import { compactVolume, openVolume, type Volume } from '#src/index.js';
import { answerParent } from '../support/child.js';

let volume: Volume | undefined;

answerParent({
  open: async (path: string, options: object) => {
    volume = await openVolume(path, options as never);
    return volume.fs.promises.readdir('/');
  },
  write: (path: string, content: string) => volume?.fs.promises.writeFile(path, content),
  compact: async (path: string) => (await compactVolume(path, { full: true })).freedPages,
  close: () => volume?.close(),
  end: () => volume?.close(),
});
