/** `attachVolume`: from a handle to a volume that another thread has open. */
import type { ThreadSlot } from '../core/thread-slot.js';
import { CacheShare } from '../readers/cache-share.js';
import { ReaderPool } from '../readers/pool.js';
import { WriterClient } from '../writer/client.js';
import { volumeClosed } from '../writer/client-errors.js';
import { WriterGauges } from '../writer/gauges.js';
import { Lifeline } from '../writer/lifeline.js';
import { Boards } from './boards.js';
import { type HandleWire, invalidHandle, readHandle, type VolumeHandle } from './handle.js';
import { AttachedOrigin, type WriterAccess } from './origin.js';
import { Claim, SharedState } from './shared-state.js';
import { Volume } from './volume.js';

/**
 * The volume of a handle from `volume.connect()`, for use in this thread: reads run here on connections
 * of its own, writes go to the one writer. Its `close` ends the attachment only; when who opened the
 * volume closes it, it closes too. A handle can be used once. Throws ERR_HANDLE_INVALID,
 * ERR_VOLUME_CLOSED, and what opening a read connection throws.
 */
export function attachVolume(handle: VolumeHandle): Volume {
  const wire = readHandle(handle);
  const { path } = handle;
  const state = new SharedState(wire.state);
  const claim = new Claim(wire.claim);
  if (state.isClosing) throw volumeClosed(path);
  if (!isConnected(wire) || !claim.take()) {
    throw invalidHandle(
      `The handle of '${path}' was used before, or went to another thread, or its volume is gone.`,
      'Make a handle for each thread with `volume.connect()`.',
    );
  }
  state.countThread(1);
  try {
    return createVolume(path, wire, state);
  } catch (error) {
    if (claim.end()) state.countThread(-1);
    for (const port of handle.transferList) port.close();
    throw error;
  }
}

/** A port that was transferred away, or whose other end has gone, leads nowhere. */
function isConnected({ home }: HandleWire): boolean {
  const lifeline = new Lifeline(home);
  try {
    return lifeline.isAlive;
  } finally {
    lifeline.close();
  }
}

function createVolume(path: string, wire: HandleWire, state: SharedState): Volume {
  const { options } = wire;
  const share = new CacheShare(options, state.threads);
  const boards = new Boards(wire.boards);
  const slot = boards.threads.slot(wire.slot);
  const pool = new ReaderPool(path, options, share, slot);
  const origin = new AttachedOrigin(path, wire, state, boards, accessWriter(path, wire, slot));
  return new Volume(origin, options, pool, share);
}

function accessWriter(
  path: string,
  { writer, options }: HandleWire,
  slot: ThreadSlot,
): WriterAccess | undefined {
  if (writer === undefined) return undefined;
  return {
    client: new WriterClient(writer.port, writer.doorbell, options, path, slot),
    gauges: new WriterGauges(writer.gauges),
  };
}
