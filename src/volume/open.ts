/** `openVolume`: from a path and options to an open `Volume`. */
import { type OpenOptions, type ResolvedOptions, resolveOptions } from '../core/options.js';
import { clearLeftovers } from '../maintenance/placement/leftovers.js';
import { CacheShare } from '../readers/cache-share.js';
import { ReaderPool } from '../readers/pool.js';
import { openConnection } from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';
import { checkComplete, refuseOutdated } from '../writer/prepare.js';
import { type StartedWriter, startWriter } from '../writer/start.js';
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
  const location = locate(path, resolved);
  try {
    if (resolved.readOnly) {
      checkReadable(location.path, resolved);
      return createVolume(location, resolved, undefined);
    }
    const writer = await startWriter(location.path, resolved, isBulkLoad);
    tidyUp(location.path);
    return await createBeside(writer, location, resolved);
  } catch (error) {
    location.cleanUp();
    throw error;
  }
}

/** A restore that was killed may have left something beside the volume, which is whole all the same. */
function tidyUp(path: string): void {
  try {
    clearLeftovers(path);
  } catch {
    // What cannot be removed is in nobody's way; the next backup or restore there says so.
  }
}

function createVolume(
  location: Location,
  options: ResolvedOptions,
  writer: StartedWriter | undefined,
): Volume {
  const origin = new OpenedOrigin(location, writer);
  const share = new CacheShare(options, origin.state.threads);
  // Readers open after the writer has created or migrated the file.
  return new Volume(origin, options, new ReaderPool(location.path, options, share), share);
}

/** When the readers cannot be opened, nothing of the writer is left behind. */
async function createBeside(
  writer: StartedWriter,
  location: Location,
  options: ResolvedOptions,
): Promise<Volume> {
  try {
    return createVolume(location, options, writer);
  } catch (error) {
    await writer.client.control({ type: 'close' });
    writer.client.disconnect();
    await writer.stop();
    throw error;
  }
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
