/** A thread that uses a volume of another one, for the tests of health and metrics. */
import { attachVolume, type Volume, type VolumeHandle } from '#src/index.js';
import { answerOpener } from '../support/thread.js';

let volume: Volume | undefined;

function attached(): Volume {
  if (volume === undefined) throw new Error('nothing is attached');
  return volume;
}

let leases: { release(): Promise<void> }[] = [];

answerOpener({
  attach: (handle: VolumeHandle) => {
    volume = attachVolume(handle);
  },
  health: () => attached().health(),
  metrics: () => attached().metrics.metrics(),
  write: (path: string, text: string) => attached().fs.promises.writeFile(path, text),
  /** Asks for writes and does not wait for them. */
  ask: (count: number) => {
    for (let index = 0; index < count; index += 1) {
      attached()
        .fs.promises.writeFile(`/asked-${index}`, 'x')
        .catch(() => undefined);
    }
  },
  read: (path: string, times: number) => {
    for (let time = 0; time < times; time += 1) attached().fs.readFileSync(path);
  },
  lease: async () => {
    leases.push(await attached().runner.lease());
  },
  release: async () => {
    await Promise.all(leases.map((lease) => lease.release()));
    leases = [];
  },
  close: () => attached().close(),
});
