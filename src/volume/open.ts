/** `openVolume`: from a path and options to an open `Volume`. */
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { invariant } from '../core/errors.js';
import { type OpenOptions, type ResolvedOptions, resolveOptions } from '../core/options.js';
import type { ThreadSlot } from '../core/thread-slot.js';
import type { Archiver } from '../maintenance/archive/archiver.js';
import { clearLeftovers, removeLeftovers } from '../maintenance/placement/leftovers.js';
import { prepareDirectory } from '../maintenance/schedule/schedule.js';
import { CacheShare } from '../readers/cache-share.js';
import { ReaderPool } from '../readers/pool.js';
import { openConnection } from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';
import { checkComplete, refuseOutdated } from '../writer/prepare.js';
import { type StartedWriter, startWriter } from '../writer/start.js';
import { Boards } from './boards.js';
import { type Location, locate } from './locate.js';
import { OpenedOrigin } from './origin.js';
import { Volume } from './volume.js';

const CHECK_CACHE_BYTES = 1024 * 1024;

/**
 * Opens the volume at `path`, creating it when there is none; without a path, a temporary volume that
 * is deleted on close. Throws `VolumeError`: see docs/errors.md.
 */
export function openVolume(path?: string, options: OpenOptions = {}): Promise<Volume> {
  return open(path, options, false);
}

/**
 * The same for a program that makes a volume, fills it and closes it. Until then a new volume has a
 * rollback journal: each page is written once, to its place, where a log would have it written, and
 * synced, twice. What is acknowledged is as safe. But readers and the writer wait for each other: keep
 * no view open while writing. A volume that exists is opened as ever.
 *
 * @internal
 */
export function openForBulkLoad(path: string, options: OpenOptions): Promise<Volume> {
  return open(path, options, true);
}

async function open(
  path: string | undefined,
  options: OpenOptions,
  isBulkLoad: boolean,
): Promise<Volume> {
  const resolved = resolveOptions(options);
  if (resolved.backup !== undefined) prepareDirectory(resolved.backup.dir);
  const location = locate(path, resolved);
  try {
    const home = createHome(location, resolved);
    if (resolved.readOnly) {
      checkReadable(location.path, resolved);
      return createVolume(home, undefined, undefined);
    }
    const { boards, slot } = home;
    const { records, inodes } = boards;
    const writer = await startWriter(location.path, resolved, isBulkLoad, {
      records,
      inodes,
      slot,
    });
    await tidyUp(location.path);
    return await createBeside(writer, home);
  } catch (error) {
    location.cleanUp();
    throw error;
  }
}

/** What a process that was killed has left beside the volume; whether it can be removed changes nothing. */
async function tidyUp(path: string): Promise<void> {
  try {
    const real = realpathSync(path);
    removeLeftovers(real);
    await clearLeftovers(real);
  } catch {
    // A directory that may not be listed, or a name that this user may not remove: it stays.
  }
}

/** What a volume has from the beginning. */
interface Home {
  readonly location: Location;
  readonly options: ResolvedOptions;
  readonly boards: Boards;
  /** Of this thread. */
  readonly slot: ThreadSlot;
}

function createHome(location: Location, options: ResolvedOptions): Home {
  const boards = new Boards();
  const number = boards.threads.take();
  invariant(number !== undefined, 'a new board has a free slot');
  return { location, options, boards, slot: boards.threads.slot(number) };
}

function createVolume(
  home: Home,
  writer: StartedWriter | undefined,
  archive: Archiver | undefined,
): Volume {
  const { location, options, boards, slot } = home;
  const origin = new OpenedOrigin(location, writer, boards, slot, archive);
  const share = new CacheShare(options, origin.state.threads);
  // Readers open after the writer has created or migrated the file.
  const pool = new ReaderPool(location.path, options, share, slot);
  return new Volume(origin, options, pool, share);
}

/** When the rest cannot be opened, nothing of the writer is left behind. */
async function createBeside(writer: StartedWriter, home: Home): Promise<Volume> {
  let archive: Archiver | undefined;
  try {
    archive = await startArchive(writer, home.location, home.options);
    return createVolume(home, writer, archive);
  } catch (error) {
    await abandon(writer, archive);
    throw error;
  }
}

/** What went wrong first is what the caller hears. */
async function abandon(writer: StartedWriter, archive: Archiver | undefined): Promise<void> {
  await writer.client.control({ type: 'close' }).catch(() => undefined);
  writer.client.disconnect();
  await writer.stop();
  await archive?.finish().catch(() => undefined);
}

/** Before anybody writes: an archive that goes on must miss nothing. */
async function startArchive(
  { client }: StartedWriter,
  { path }: Location,
  options: ResolvedOptions,
): Promise<Archiver | undefined> {
  const { archive } = options;
  if (archive === undefined) return undefined;
  // Loaded late: most volumes have none.
  const { Archiver } = await import('../maintenance/archive/archiver.js');
  return Archiver.start(path, options, { ...archive, dir: resolve(archive.dir) }, client);
}

/** What a writer would have checked: that it is a whole volume of the schema this code knows. */
function checkReadable(path: string, options: ResolvedOptions): void {
  const connection = openConnection(path, {
    role: 'reader',
    cacheBytes: CHECK_CACHE_BYTES,
    busyTimeoutMs: options.busyTimeoutMs,
  });
  try {
    guarded(path, () => {
      checkComplete(connection);
      refuseOutdated(connection);
    });
  } finally {
    connection.close();
  }
}
