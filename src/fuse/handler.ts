/**
 * Answers requests of the kernel: one function per kind, whatever transport they come by. Everything
 * thrown becomes an errno in one place.
 */
import { constants } from 'node:os';
import { Errno } from '../core/errno.js';
import { FsError } from '../core/errors.js';
import type { RequestName } from './protocol/opcodes.js';
import { encodeError } from './protocol/reply.js';
import { isMalformed, type Malformed, type Request } from './protocol/request.js';
import * as attributes from './requests/attributes.js';
import * as content from './requests/content.js';
import * as directories from './requests/directories.js';
import * as forgets from './requests/forgets.js';
import * as init from './requests/init.js';
import * as locks from './requests/locks.js';
import * as names from './requests/names.js';
import type { Session } from './session.js';

/** Writes the reply to the session's page and returns its length, 0 when there is to be none. */
type Handler<K extends RequestName> = (session: Session, request: Request<K>) => number;

type Handlers = { readonly [K in RequestName]?: Handler<K> };

const HANDLERS: Handlers = {
  ...names,
  ...attributes,
  ...content,
  ...directories,
  getlk: locks.getlk,
  setlk: locks.setlk,
  setlkw: locks.setlkw,
  interrupt: locks.interrupt,
  init: init.init,
  destroy: init.destroy,
  forget: forgets.forget,
  batchForget: forgets.batchForget,
};

const { ENOSYS, EIO, EPROTO } = constants.errno;

/** Told of errors that have no errno: bugs, and what a disk or a volume says. */
export type OnError = (error: unknown, request: string) => void;

/** Answers a request; returns the length of the reply in the session's page, 0 for none. */
export function answer(session: Session, request: Request | Malformed, onError: OnError): number {
  const { unique } = request;
  if (isMalformed(request)) {
    // Without a header there is nobody to answer.
    if (unique === 0) return 0;
    return encodeError(session.page, unique, request.malformed === 'unknown' ? ENOSYS : EPROTO);
  }
  const handler = HANDLERS[request.name] as Handler<RequestName> | undefined;
  if (handler === undefined) return encodeError(session.page, unique, ENOSYS);
  try {
    return handler(session, request);
  } catch (error) {
    return encodeError(session.page, unique, errnoOf(error, request.name, onError));
  }
}

/** The number that the kernel is told; errors that have none are told to `onError`. */
export function errnoOf(error: unknown, name: string, onError: OnError): number {
  if (error instanceof Errno || error instanceof FsError) {
    return constants.errno[error.code as keyof typeof constants.errno] ?? EIO;
  }
  onError(error, name);
  return EIO;
}
