/**
 * Types of `volume.fs`, proved by compiling: nothing here runs. It goes wherever `node:fs` is asked for,
 * and takes what is ours beside it.
 */
import type * as nodeFs from 'node:fs';
import type * as nodePromises from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FsFace, FsPromises, Volume } from '#src/index.js';

declare const volume: Volume;

export const face: typeof nodeFs = volume.fs;
export const promises: typeof nodePromises = volume.fs.promises;
export const named: FsFace = volume.fs;
export const namedPromises: FsPromises = volume.fs.promises;

/** What libraries ask for: parts of `node:fs`. */
export const forGlob: Pick<typeof nodeFs, 'lstatSync' | 'readdir' | 'readdirSync' | 'promises'> =
  volume.fs;

export async function results(): Promise<readonly unknown[]> {
  const { fs } = volume;
  const bytes: Buffer = fs.readFileSync('/a');
  const text: string = fs.readFileSync('/a', 'utf8');
  const names: string[] = fs.readdirSync('/');
  const entries: nodeFs.Dirent[] = fs.readdirSync('/', { withFileTypes: true });
  const stats: nodeFs.Stats = fs.statSync('/a');
  const large: nodeFs.BigIntStats = fs.statSync('/a', { bigint: true });
  const perhaps: nodeFs.Stats | undefined = fs.statSync('/a', { throwIfNoEntry: false });
  const descriptor: number = fs.openSync('/a', 'w');
  const handle: nodePromises.FileHandle = await fs.promises.open('/a');
  const stream: nodeFs.ReadStream = fs.createReadStream('/a', { start: 1, end: 2 });
  const real: string = fs.realpathSync.native('/a');
  fs.readFile('/a', 'utf8', (_error, data: string) => data);
  fs.read(descriptor, bytes, 0, 1, null, (_error, count: number, buffer: Buffer) => [
    count,
    buffer,
  ]);
  return [text, names, entries, stats, large, perhaps, handle, stream, real];
}

export async function versions(): Promise<void> {
  const { fs } = volume;
  const ifVersion = 1;
  await fs.promises.writeFile('/a', 'x', { ifVersion, flag: 'a' });
  await fs.promises.writeFile('/a', ['x'], { ifVersion });
  await fs.promises.unlink('/a', { ifVersion });
  fs.writeFileSync('/a', 'x', { ifVersion });
  fs.renameSync('/a', '/b', { ifVersion });
  fs.rm('/a', { recursive: true, ifVersion }, () => undefined);
  fs.unlink('/a', { ifVersion }, () => undefined);
  await volume.transaction((tx) => tx.writeFile('/a', 'x', { ifVersion }));
}

export function mistakes(): void {
  const { fs } = volume;
  // @ts-expect-error A path is no number.
  fs.statSync(5);
  // @ts-expect-error A callback is missing.
  fs.stat('/a');
  // @ts-expect-error A version is a number.
  fs.writeFileSync('/a', 'x', { ifVersion: '1' });
  // @ts-expect-error Reading has no precondition.
  fs.readFileSync('/a', { ifVersion: 1 });
  // @ts-expect-error Text is not bytes.
  const bytes: Buffer = fs.readFileSync('/a', 'utf8');
  // @ts-expect-error The constants stay what they are.
  fs.constants.O_RDONLY = 1;
  // @ts-expect-error There is no such function.
  fs.readFileFast('/a');
  // @ts-expect-error A descriptor is no handle.
  fs.promises.writeFile(5, bytes);
}

/** A library that was written for `require('fs')`. */
export const required: typeof nodeFs = createRequire(import.meta.url)('node:fs');
