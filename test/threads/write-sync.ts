/** A write that waits on this thread, through the way to the writer that the synchronous face uses. */
import { constants } from 'node:fs';
import type { Volume } from '#src/index.js';

const FLAGS = constants.O_CREAT | constants.O_WRONLY | constants.O_TRUNC;

export function writeSync(volume: Volume, path: string, content: string): void {
  volume.runner.writer().submitJobSync({
    commands: [
      {
        name: 'writeFile',
        args: [path, FLAGS, { mode: 0o100644, uid: 0, gid: 0 }],
        data: Buffer.from(content),
      },
    ],
    isTransaction: false,
  });
}
