/**
 * Run by the tests of this folder under `strace`: works on a volume and writes a mark to descriptor
 * 1 with one system call whenever something was acknowledged, so that marks stand among the syncs.
 */
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { openVolume } from '#src/index.js';
import type { OpenOptions } from '../support/subject.js';

const [file, options, scenario] = process.argv.slice(2) as [string, string, string];

function mark(text: string): void {
  writeSync(1, `MARK ${text}\n`);
}

const volume = await openVolume(file, JSON.parse(options) as OpenOptions);
const { promises } = volume.fs;

const SCENARIOS: Record<string, () => Promise<void>> = {
  /** A write, then a barrier. */
  async volumeSync() {
    await promises.writeFile('/file', 'PAYLOAD'.repeat(200));
    mark('written');
    await volume.sync();
    mark('synced');
  },
  async handleSync() {
    const handle = await promises.open('/file', 'w');
    await handle.write('PAYLOAD'.repeat(200));
    mark('written');
    await handle.sync();
    mark('synced');
    await handle.write('PAYLOAD'.repeat(200));
    mark('written again');
    await handle.datasync();
    mark('synced again');
    await handle.sync();
    mark('synced once more');
    await handle.close();
  },
  /** Writes that are not followed by a barrier. */
  async writes() {
    for (let round = 1; round <= 5; round += 1) {
      await promises.writeFile(`/file-${round}`, 'PAYLOAD'.repeat(200));
      mark(`written ${round}`);
    }
  },
  /** A write, and time in which the timer of `interval` may do its work. */
  async writeAndWait() {
    await promises.writeFile('/file', 'PAYLOAD'.repeat(200));
    mark('written');
    await pause(JSON.parse(options).syncIntervalMs as number);
    mark('waited');
  },
  /** Checkpoints that sync nothing, then a barrier. */
  async checkpointThenSync() {
    await promises.writeFile('/file', 'PAYLOAD'.repeat(200));
    await volume.checkpoint('full');
    await promises.writeFile('/another', 'PAYLOAD'.repeat(200));
    mark('written');
    await volume.sync();
    mark('synced');
  },
};

mark('opened');
await SCENARIOS[scenario]?.();
mark('done');
// Closing syncs too; what is to be shown has been shown.
process.exit(0);
