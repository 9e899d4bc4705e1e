/** Run by the tests of this folder: a process of which is looked how, and whether, it ends. */
import { openVolume } from '#src/index.js';

// The channel to the parent keeps a process alive too.
process.disconnect?.();
const volume = await openVolume(process.argv[3]);
const { fs } = volume;
const ignore = (): void => undefined;

const ACTIONS: Readonly<Record<string, () => void>> = {
  watch: () => fs.watch('/', { persistent: false }, ignore),
  unref: () => fs.watch('/', { recursive: true }, ignore).unref(),
  watchFile: () => fs.watchFile('/', { persistent: false }, ignore),
  events: () => void fs.promises.watch('/', { persistent: false }).next(),
  persistent: () => {
    const watcher = fs.watch('/');
    // Alone, this timer would let the process end before it fires.
    setTimeout(() => {
      process.exitCode = 7;
      watcher.close();
    }, 300).unref();
  },
  overflow: () => {
    const warnings: string[] = [];
    process.on('warning', ({ message }) => warnings.push(message));
    void (async () => {
      const events = fs.promises.watch('/', { maxQueue: 2 });
      const first = events.next();
      await fs.promises.writeFile('/a', '');
      await first;
      for (const name of ['b', 'c', 'd']) await fs.promises.writeFile(`/${name}`, '');
      const names = [(await events.next()).value?.filename, (await events.next()).value?.filename];
      await volume.close();
      const isRight = names.join() === 'b,c' && warnings.join() === 'fs.watch maxQueue exceeded';
      process.exitCode = isRight ? 9 : 1;
    })();
  },
  throw: () => {
    const told: string[] = [];
    process.on('uncaughtException', ({ message }) => {
      told.push(message);
    });
    fs.watch('/', () => {
      throw new Error('first');
    });
    fs.watch('/', (_type: string, name: string) => {
      told.push(name);
      if (told.join() !== 'first,a') return;
      process.exit(5);
    });
    void fs.promises.writeFile('/a', '');
  },
};

ACTIONS[process.argv[2] as string]?.();
