/**
 * forget batchForget: inodes that the kernel remembers no longer. They live on: as long as they have names
 * or are open, not as long as the kernel knows them. There is no reply.
 */
import type { Request } from '../protocol/request.js';
import { inoOf, type Session } from '../session.js';

const NO_REPLY = 0;

export function forget({ remembered }: Session, { nodeid, args }: Request<'forget'>): number {
  remembered.note(inoOf(nodeid), -args.nlookup);
  return NO_REPLY;
}

export function batchForget({ remembered }: Session, { forgets }: Request<'batchForget'>): number {
  for (const { nodeid, nlookup } of forgets) remembered.note(inoOf(nodeid), -nlookup);
  return NO_REPLY;
}
