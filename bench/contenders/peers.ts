/**
 * Other filesystems that programs in Node.js use for a tree of their own. But for memfs, with which tests compare, they
 * are in no list of dependencies but that of bench/peers/, where `npm run bench:peers` installs them.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PEERS_FOLDER } from '../harness/project.js';
import type { AsyncFiles, OpenFiles, PromisesFs } from './async-files.js';

export interface Peer {
  readonly name: string;
  readonly open: OpenFiles;
}

interface AgentFs {
  readonly fs: PromisesFs;
  close(): Promise<void>;
}

interface AgentFsModule {
  readonly AgentFS: { open(options: { readonly path: string }): Promise<AgentFs> };
}

interface MemfsModule {
  createFsFromVolume(volume: object): { readonly promises: PromisesFs };
  readonly Volume: new () => object;
}

interface ZenFsModule {
  readonly fs: { readonly promises: PromisesFs };
  readonly InMemory: unknown;
  configure(options: object): Promise<void>;
}

/** One SQLite file by way of Turso's own library; its defaults sync every statement. */
async function openAgentFs(folder: string): Promise<AsyncFiles> {
  const { AgentFS } = await loadPeer<AgentFsModule>('agentfs-sdk');
  const agent = await AgentFS.open({ path: join(folder, 'agent.db') });
  return { fs: agent.fs, root: '', close: async () => await agent.close() };
}

/** In memory; nothing is kept. */
async function openMemfs(): Promise<AsyncFiles> {
  const { createFsFromVolume, Volume } = await loadPeer<MemfsModule>('memfs');
  return { fs: createFsFromVolume(new Volume()).promises, root: '', close: async () => {} };
}

/** In memory; nothing is kept. */
async function openZenFs(): Promise<AsyncFiles> {
  const { fs, InMemory, configure } = await loadPeer<ZenFsModule>('@zenfs/core');
  await configure({ mounts: { '/': InMemory } });
  return { fs: fs.promises, root: '', close: async () => {} };
}

const ALL: readonly Peer[] = [
  { name: 'agentfs-sdk', open: openAgentFs },
  { name: 'memfs', open: openMemfs },
  { name: '@zenfs/core', open: openZenFs },
];

/** Those that are installed; says of the others how to get them. */
export function installedPeers(progress: (message: string) => void): readonly Peer[] {
  return ALL.filter(({ name }) => {
    if (isInstalled(name)) return true;
    progress(`${name} is left out: 'npm run bench:peers' installs it`);
    return false;
  });
}

function isInstalled(name: string): boolean {
  const folders = [PEERS_FOLDER, join(PEERS_FOLDER, '../..')];
  return folders.some((folder) => existsSync(join(folder, 'node_modules', name)));
}

async function loadPeer<T>(name: string): Promise<T> {
  const { href } = pathToFileURL(join(PEERS_FOLDER, 'load.mjs'));
  const { load } = (await import(href)) as { load: (name: string) => Promise<T> };
  return await load(name);
}
