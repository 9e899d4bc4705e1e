/** opendir readdir: listing directories. libfuse wants a whole listing at once, and keeps it itself. */
import { setImmediate as turn } from 'node:timers/promises';
import { errno } from '../../../core/errno.js';
import { type Ino, ROOT_INO } from '../../../core/ino.js';
import { isDirectory } from '../../../core/mode.js';
import type { Entry } from '../../../store/dentry-table.js';
import type { Inode } from '../../../store/inode-table.js';
import { encodeEntry, STAT_CELLS } from '../arrays.js';
import type { NativeSession } from '../native-session.js';

/** Between two pages others are answered. */
const PAGE_ENTRIES = 2000;

export interface Listing {
  readonly names: string[];
  /** Kind and number of each. */
  readonly entries: Uint32Array[];
}

/** No handle: libfuse lists by path. Who merely opens it has not read it. */
export function opendir(session: NativeSession, path: string): number {
  directoryAt(session, path);
  return 0;
}

function directoryAt(session: NativeSession, path: string): Inode {
  const inode = session.find(path);
  if (!isDirectory(inode.mode)) throw errno('ENOTDIR');
  return inode;
}

/** Entries that are there all the time are told once, however the directory changes meanwhile. */
export function readdir(session: NativeSession, path: string): Listing | Promise<Listing> {
  const directory = directoryAt(session, path);
  session.noteAccess(directory);
  const { ino, mode, parent } = directory;
  const listing: Listing = { names: [], entries: [] };
  add(listing, [
    { name: '.', ino, mode },
    { name: '..', ino: parent ?? ROOT_INO, mode },
  ]);
  const page = list(session, ino, '');
  add(listing, page);
  return page.length < PAGE_ENTRIES ? listing : addRest(session, ino, listing);
}

async function addRest(session: NativeSession, ino: Ino, listing: Listing): Promise<Listing> {
  for (;;) {
    await turn();
    const page = list(session, ino, listing.names.at(-1) as string);
    add(listing, page);
    if (page.length < PAGE_ENTRIES) return listing;
  }
}

function list(session: NativeSession, ino: Ino, after: string): Entry[] {
  return session.read((store) => store.dentries.list(ino, after, PAGE_ENTRIES));
}

function add({ names, entries }: Listing, page: readonly Entry[]): void {
  const cells = new Uint32Array(page.length * STAT_CELLS);
  for (const [index, entry] of page.entries()) {
    names.push(entry.name);
    const start = index * STAT_CELLS;
    entries.push(encodeEntry(cells.subarray(start, start + STAT_CELLS), entry));
  }
}
