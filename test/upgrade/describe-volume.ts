/** Everything in a volume as plain data, to be kept beside a frozen volume and compared. */

import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { Volume } from '../support/subject.js';

type Described = Record<string, unknown>;

/** What a caller of the library can observe, by path. */
export async function describeVolume(volume: Volume): Promise<Record<string, Described>> {
  const found: Record<string, Described> = {};
  await describePath(volume, '/', found);
  return found;
}

async function describePath(
  volume: Volume,
  path: string,
  found: Record<string, Described>,
): Promise<void> {
  const { promises } = volume.fs;
  const stats = (await promises.lstat(path, { bigint: true })) as BigIntStats;
  const described: Described = {
    ino: String(stats.ino),
    mode: stats.mode.toString(8),
    nlink: String(stats.nlink),
    owner: `${stats.uid}:${stats.gid}`,
    size: String(stats.size),
    blocks: String(stats.blocks),
    rdev: String(stats.rdev),
    mtimeNs: String(stats.mtimeNs),
    ctimeNs: String(stats.ctimeNs),
    birthtimeNs: String(stats.birthtimeNs),
    version: await volume.version(path, { follow: false }),
    xattrs: await describeXattrs(volume, path),
  };
  found[path] = described;
  if (stats.isFile()) described.sha256 = digest((await promises.readFile(path)) as Buffer);
  if (stats.isSymbolicLink()) described.target = await promises.readlink(path);
  if (!stats.isDirectory()) return;
  for (const name of (await promises.readdir(path)) as string[]) {
    await describePath(volume, path === '/' ? `/${name}` : `${path}/${name}`, found);
  }
}

async function describeXattrs(volume: Volume, path: string): Promise<Record<string, string>> {
  const options = { follow: false };
  const names = await volume.listXattr(path, options);
  const values = names.map(async (name: string) => {
    const value = await volume.getXattr(path, name, options);
    return [name, value.toString('hex')];
  });
  return Object.fromEntries(await Promise.all(values));
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
