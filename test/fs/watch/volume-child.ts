/** Run by the tests of this folder: another process that changes the volume when asked to. */
import { openVolume } from '#src/index.js';
import { answerParent } from '../../support/child.js';

const volume = await openVolume(process.argv[2] as string, { busyTimeoutMs: 20_000 });
type Calls = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;
const calls = volume.fs.promises as unknown as Calls;

answerParent({
  call: async (name: string, ...args: readonly unknown[]) => {
    await calls[name]?.(...args);
  },
  /** Makes and removes files in a directory, so many of each at once. */
  churn: async (directory: string, count: number) => {
    const names = Array.from({ length: count }, (_, index) => `${directory}/theirs${index}`);
    await Promise.all(names.map((name) => volume.fs.promises.writeFile(name, 'x')));
  },
  setXattr: async (path: string, name: string, value: string) => {
    await volume.setXattr(path, name, value);
  },
  end: () => volume.close(),
});
