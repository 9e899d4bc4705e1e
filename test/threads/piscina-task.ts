/** A task of a piscina that is given a volume. */
import { attachVolume, type VolumeHandle } from '#src/index.js';

export interface Task {
  readonly volume: VolumeHandle;
  readonly path: string;
  readonly content: string;
}

/** Writes the file and answers its size. */
export default async function run({ volume: handle, path, content }: Task): Promise<number> {
  await using volume = attachVolume(handle);
  await volume.fs.promises.writeFile(path, content);
  return (await volume.fs.promises.stat(path)).size as number;
}
