/** Attaches, writes, and ends without closing anything. */
import { workerData } from 'node:worker_threads';
import { attachVolume } from '#src/index.js';

const volume = attachVolume(workerData);
await volume.fs.promises.writeFile('/short', 'done');
