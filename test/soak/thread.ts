/** A thread that works one shift on a volume it was given a handle of, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { attachVolume } from '#src/index.js';
import type { VolumeHandle } from '#src/volume/handle.js';
import type { NodeFs } from '../support/subject.js';
import { type Shift, workShift } from './worker.js';

const { handle, shift } = workerData as { handle: VolumeHandle; shift: Shift };
const volume = attachVolume(handle);
const report = await workShift(shift, volume.fs as unknown as NodeFs, '', volume);
await volume.close();
parentPort?.postMessage(report);
