/** Watching a stream to its end, for the cases about streams. */
import type { ReadStream, WriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import type { CaseContext } from '../case.js';

const EVENTS = ['open', 'ready', 'end', 'finish', 'error', 'close'];
/** Turns of the event loop after which an event that has not come does not come. */
const QUIET_TURNS = 20;

/** The events of a stream in their order, until it closed, or until `last`. */
export async function eventsOf(
  stream: Readable | Writable,
  begin: () => unknown = () => undefined,
  last = 'close',
): Promise<readonly unknown[]> {
  const events: unknown[] = [];
  const done = new Promise<void>((resolve) => {
    for (const name of EVENTS) {
      stream.on(name, (value: unknown) => {
        events.push(name === 'error' || value === undefined ? [name, value] : [name, typeof value]);
        if (name === last) resolve();
      });
    }
  });
  begin();
  await done;
  await turns();
  return events;
}

export async function turns(): Promise<void> {
  for (let turn = 0; turn < QUIET_TURNS; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a stream says of itself. */
export function stateOf(c: CaseContext, stream: ReadStream | WriteStream): object {
  const { path, pending, closed, destroyed, errored } = stream;
  const fields = stream as unknown as Readonly<Record<string, unknown>>;
  const shown: unknown = Buffer.isBuffer(path) ? path.toString() : path;
  return {
    class: stream.constructor.name,
    known: stream instanceof c.face.ReadStream || stream instanceof c.face.WriteStream,
    path: shown,
    pending,
    closed,
    destroyed,
    errored,
    fd: typeof fields.fd,
    autoClose: fields.autoClose,
    bytesRead: fields.bytesRead,
    bytesWritten: fields.bytesWritten,
    flags: fields.flags,
    mode: fields.mode,
    start: fields.start,
    end: fields.end,
    pos: fields.pos,
  };
}

/** What a stream that was not refused says, and how it ends. */
export async function outcomeOf(make: () => Readable | Writable): Promise<unknown> {
  let stream: Readable | Writable;
  try {
    stream = make();
  } catch (error) {
    return { threwAtOnce: error };
  }
  return await eventsOf(stream, () => {
    if ('resume' in stream) stream.resume();
    else (stream as Writable).end('x');
  });
}
