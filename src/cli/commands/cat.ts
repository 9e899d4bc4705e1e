/** `cabinet cat`: the content of files, one after the other, to the standard output. */

import type { FileHandle } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Volume } from '../../index.js';
import { baseCommand, examples } from '../options.js';
import { writeText } from '../output.js';
import { type CommonOptions, reading } from '../session.js';

const PIECE_BYTES = 256 * 1024;

export function catCommand(): Command {
  return baseCommand('cat', 'Write files to the standard output.')
    .argument('<volume>', 'the volume')
    .argument('<path...>', 'files in it')
    .addHelpText(
      'after',
      examples(
        'cabinet cat project.cabinet /README.md',
        'cabinet cat logs.cabinet /2024.log /2025.log | grep error',
        'cabinet cat project.cabinet /README.md --json     the content as base64',
      ),
    )
    .action(cat);
}

async function cat(
  volumePath: string,
  paths: readonly string[],
  { json = false }: CommonOptions,
): Promise<void> {
  await reading(volumePath, async (volume) => {
    if (json) await asDocument(volume, paths);
    else for (const path of paths) await copyOut(volume, path);
  });
}

/** Content may be any bytes, which a JSON document cannot hold as text. */
async function asDocument(volume: Volume, paths: readonly string[]): Promise<void> {
  const files = [];
  for (const path of paths) {
    const data = (await volume.fs.promises.readFile(path)) as Buffer;
    files.push({ path, size: data.length, base64: data.toString('base64') });
  }
  await writeText(process.stdout, `${JSON.stringify(files)}\n`);
}

async function copyOut(volume: Volume, path: string): Promise<void> {
  const handle: FileHandle = await volume.fs.promises.open(path);
  try {
    for (;;) {
      // A new buffer each time: the stream keeps what it cannot write at once.
      const buffer = Buffer.allocUnsafe(PIECE_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, PIECE_BYTES, null);
      if (bytesRead === 0) return;
      await writeBytes(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

function writeBytes(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}
