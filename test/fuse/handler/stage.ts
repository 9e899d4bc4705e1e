/** A volume whose handler is asked by messages, as a transport would, without a kernel. */
import { randomUUID } from 'node:crypto';
import { BroadcastChannel, MessageChannel } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import { HoldBoard } from '#src/core/hold-board.js';
import { WitnessBoard } from '#src/core/witness-board.js';
import { WriteBehind } from '#src/core/write-behind.js';
import { AttachedAccess } from '#src/fuse/attached-access.js';
import { createDeskCells, Desk, type DeskMessage } from '#src/fuse/desk.js';
import { answer } from '#src/fuse/handler.js';
import { createOpeningBoard, Openings } from '#src/fuse/openings.js';
import { createPositionBoard, Positions } from '#src/fuse/positions.js';
import { REQUEST_BYTES_MAX } from '#src/fuse/protocol/limits.js';
import { createPage } from '#src/fuse/protocol/reply.js';
import { decodeRequest } from '#src/fuse/protocol/request.js';
import type { MountOptions, Session } from '#src/fuse/session.js';
import type { VolumeAccess } from '#src/fuse/volume-access.js';
import type { Volume } from '../../support/subject.js';
import { withVolume } from '../../support/temporary-volume.js';

export interface Reply {
  /** As the kernel would get it; undefined: none. */
  readonly bytes: Buffer | undefined;
  /** Positive; 0: done. */
  readonly errno: number;
  readonly unique: bigint;
  /** What follows the header. */
  readonly body: Buffer;
}

export interface Stage {
  readonly volume: Volume;
  readonly session: Session;
  /** What requests failed of, where that has no errno. */
  readonly errors: readonly unknown[];
  readonly desk: readonly DeskMessage[];
  ask(bytes: Buffer): Reply;
}

const OUT_HEADER_BYTES = 16;
const NO_REPLY: Reply = { bytes: undefined, errno: 0, unique: 0n, body: Buffer.alloc(0) };

export interface StageOptions extends Partial<MountOptions> {
  /** Stands between the handler and the volume. */
  readonly wrap?: (access: VolumeAccess) => VolumeAccess;
}

export function withStage<T>(
  t: ExecutionContext,
  options: StageOptions,
  fn: (stage: Stage) => T | Promise<T>,
): Promise<T> {
  return withVolume(t, {}, async ({ volume }) => {
    const channels = [
      new BroadcastChannel(randomUUID()),
      new BroadcastChannel(randomUUID()),
    ] as const;
    const holds = new HoldBoard();
    const behind = new WriteBehind({ totals: volume.internals.behind.buffer });
    const shared = { behind, holds };
    volume.internals.writer?.controlSync({
      type: 'writeBehind',
      group: 'test',
      wire: behind.wire,
    });
    volume.internals.writer?.controlSync({
      type: 'shareHolds',
      group: 'test',
      board: holds.buffer,
    });
    const { port1, port2 } = new MessageChannel();
    const desk: DeskMessage[] = [];
    port1.on('message', (message: DeskMessage) => void desk.push(message));
    port1.unref();
    const { wrap = (access) => access, ...given } = options;
    const session: Session = {
      volume: wrap(new AttachedAccess(volume.path, volume.internals, shared, false)),
      positions: new Positions(createPositionBoard(), channels[0]),
      openings: new Openings(createOpeningBoard(), channels[1]),
      options: { cacheMs: 1000, isReadOnly: false, birthTimes: true, ...given },
      desk: new Desk({ port: port2, cells: createDeskCells(), mount: 'test' }),
      remembered: new WitnessBoard(),
      page: createPage(REQUEST_BYTES_MAX),
    };
    const errors: unknown[] = [];
    const requests = createPage(REQUEST_BYTES_MAX);
    const ask = (bytes: Buffer): Reply => {
      bytes.copy(requests.buffer);
      const request = decodeRequest(requests.buffer, requests.view, bytes.length);
      const length = answer(session, request, (error) => void errors.push(error));
      return length === 0
        ? NO_REPLY
        : replyOf(Buffer.from(session.page.buffer.subarray(0, length)));
    };
    try {
      return await fn({ volume, session, errors, desk, ask });
    } finally {
      port1.close();
      for (const channel of channels) channel.close();
    }
  });
}

function replyOf(bytes: Buffer): Reply {
  return {
    bytes,
    errno: Math.abs(bytes.readInt32LE(4)),
    unique: bytes.readBigUInt64LE(8),
    body: bytes.subarray(OUT_HEADER_BYTES),
  };
}
