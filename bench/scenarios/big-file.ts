/** A big file written in pieces through a `FileHandle`. */
import type { AsyncFiles } from '../contenders/async-files.js';
import { payloadOf } from '../harness/payload.js';

/** Writes the pieces in order, awaiting each. */
export async function writeBigFile(
  { fs, root }: AsyncFiles,
  name: string,
  pieceBytes: number,
  pieces: number,
): Promise<void> {
  const content = payloadOf(pieceBytes);
  const file = await fs.open(`${root}/${name}`, 'w');
  for (let index = 0; index < pieces; index += 1) {
    await file.write(content.of(index), 0, pieceBytes, index * pieceBytes);
  }
  await file.close();
}
