/**
 * Handles: what takes a volume to another thread. Plain data that structured cloning copies, with the
 * ports that have to be transferred along with it.
 */
import { MessageChannel, MessagePort } from 'node:worker_threads';
import { VolumeError } from '../core/errors.js';
import type { ResolvedOptions } from '../core/options.js';
import { VERSION } from '../core/software.js';
import type { WriterClient } from '../writer/client.js';
import { createDoorbell } from '../writer/doorbell.js';
import type { WriterGauges } from '../writer/gauges.js';
import type { Boards, BoardsWire } from './boards.js';
import { Claim, type SharedState } from './shared-state.js';

/**
 * A way into a volume for one other thread, made by `volume.connect()` and used once, by `attachVolume`.
 * Send it by itself or inside other data, with its `transferList`:
 *
 *     new Worker(url, { workerData: handle, transferList: handle.transferList })
 *     worker.postMessage({ volume: handle }, handle.transferList)
 *     piscina.run({ volume: handle }, { transferList: handle.transferList })
 */
export interface VolumeHandle {
  /** Absolute path of the volume's file. */
  readonly path: string;
  readonly transferList: MessagePort[];
  /** @internal */
  readonly wire: HandleWire;
}

/** The way of a thread to the writer. */
export interface WriterWire {
  readonly port: MessagePort;
  readonly doorbell: Int32Array;
  readonly gauges: SharedArrayBuffer;
}

export interface HandleWire {
  readonly software: string;
  readonly options: ResolvedOptions;
  readonly state: SharedArrayBuffer;
  readonly claim: SharedArrayBuffer;
  readonly boards: BoardsWire;
  /** Number of the thread's slot on the board of threads. */
  readonly slot: number;
  /** Leads to the thread that opened the volume. */
  readonly home: MessagePort;
  /** Absent when the volume is open for reading only. */
  readonly writer: WriterWire | undefined;
}

/** Whence a handle is made: a volume that was opened here or attached. */
export interface HandleSource {
  readonly path: string;
  readonly options: ResolvedOptions;
  readonly state: SharedState;
  readonly boards: Boards;
  readonly writer: { readonly client: WriterClient; readonly gauges: WriterGauges } | undefined;
  /** Tells the thread that opened the volume of the handle, whose port ends there. */
  admit(port: MessagePort, claim: Claim, slot: number): void;
}

/** Handles of one volume that may be out or attached at once. */
export const HANDLES_MAX = 1024;

export function createHandle(source: HandleSource): VolumeHandle {
  const { path, options, state, boards } = source;
  if (!state.takeHandle(HANDLES_MAX)) throw exhausted(path);
  const slot = boards.threads.take();
  if (slot === undefined) {
    state.giveHandleBack();
    throw exhausted(path);
  }
  let writer: WriterWire | undefined;
  try {
    writer = connectWriter(source);
  } catch (error) {
    boards.threads.giveBack(slot);
    state.giveHandleBack();
    throw error;
  }
  const claim = new Claim();
  const { port1: home, port2 } = new MessageChannel();
  source.admit(port2, claim, slot);
  return {
    path,
    transferList: writer === undefined ? [home] : [home, writer.port],
    wire: {
      software: VERSION,
      options,
      state: state.buffer,
      claim: claim.buffer,
      boards: boards.wire,
      slot,
      home,
      writer,
    },
  };
}

/** The far end goes to the writer now, so that the handle needs nobody's help later. */
function connectWriter({ writer }: HandleSource): WriterWire | undefined {
  if (writer === undefined) return undefined;
  const { port1, port2 } = new MessageChannel();
  const doorbell = createDoorbell();
  writer.client.attach(port2, doorbell);
  return { port: port1, doorbell, gauges: writer.gauges.buffer };
}

/** What is in a handle; throws ERR_HANDLE_INVALID for anything else. */
export function readHandle(handle: VolumeHandle): HandleWire {
  const wire = (handle as Partial<VolumeHandle> | null | undefined)?.wire;
  if (typeof wire?.software !== 'string' || !(wire.home instanceof MessagePort)) {
    throw invalidHandle(
      'What was given is no handle of a volume.',
      'Make one with `volume.connect()` and send it with its `transferList`.',
    );
  }
  if (wire.software !== VERSION) {
    throw invalidHandle(
      `The handle was made by cabinetfs ${wire.software}, and this is ${VERSION}.`,
      'Use one installation of cabinetfs in all threads.',
    );
  }
  return wire;
}

export function invalidHandle(message: string, hint: string): VolumeError {
  return new VolumeError('ERR_HANDLE_INVALID', message, { hint });
}

function exhausted(path: string): VolumeError {
  return new VolumeError(
    'ERR_HANDLES_EXHAUSTED',
    `There are ${HANDLES_MAX} handles of '${path}' already.`,
    { path, hint: 'Close attached volumes that are no longer used, and make no handle in vain.' },
  );
}
