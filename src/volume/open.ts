/** `openVolume`: from a path and options to an open `Volume`. */
import { type OpenOptions, type ResolvedOptions, resolveOptions } from '../core/options.js';
import { ReaderPool } from '../readers/pool.js';
import { openConnection } from '../sqlite/connection.js';
import { guarded } from '../sqlite/driver-errors.js';
import { checkComplete, refuseOutdated } from '../writer/prepare.js';
import { type StartedWriter, startWriter } from '../writer/start.js';
import { locate } from './locate.js';
import { Volume } from './volume.js';

const CHECK_CACHE_BYTES = 1024 * 1024;

/**
 * Opens the volume at `path`, creating it when there is none; without a path, a temporary volume that
 * is deleted on close. Throws `VolumeError`: see docs/errors.md.
 */
export async function openVolume(path?: string, options: OpenOptions = {}): Promise<Volume> {
  const resolved = resolveOptions(options);
  const location = locate(path, resolved);
  try {
    if (resolved.readOnly) {
      checkReadable(location.path, resolved);
      return new Volume(location, resolved, new ReaderPool(location.path, resolved), undefined);
    }
    const writer = await startWriter(location.path, resolved);
    // Readers open after the writer has created or migrated the file.
    return new Volume(
      location,
      resolved,
      await readersBeside(writer, location.path, resolved),
      writer,
    );
  } catch (error) {
    location.cleanUp();
    throw error;
  }
}

/** The readers; when they cannot be opened, nothing of the writer is left behind. */
async function readersBeside(
  writer: StartedWriter,
  path: string,
  options: ResolvedOptions,
): Promise<ReaderPool> {
  try {
    return new ReaderPool(path, options);
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
