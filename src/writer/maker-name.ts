/**
 * Who makes a file, as a part of its name: so that another process can tell a file in the making from
 * one that a process has left behind when it was killed.
 */
import { createHash, randomBytes } from 'node:crypto';
import { identityOf } from './process-identity.js';

// '<pid>-<place>-<process>-<random>': place is the system and its set of process numbers.
const MAKER = /^(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{8}$/;
const UNKNOWN = '00000000';
const HASH_DIGITS = 8;
const RANDOM_BYTES = 4;

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
}

/** The identity of a process ends with when it started; before that is the place. */
function hashesOf(pid: number): { place: string; process: string } | undefined {
  const identity = identityOf(pid);
  if (identity === null) return undefined;
  return { place: hash(identity.slice(0, identity.lastIndexOf(' '))), process: hash(identity) };
}

/** For a file that this process makes now. */
export function makerName(): string {
  const { place, process: own } = hashesOf(process.pid) ?? { place: UNKNOWN, process: UNKNOWN };
  return `${process.pid}-${place}-${own}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
}

/** Whether the maker has certainly ended: it lived here, and its process is gone. */
export function hasMakerEnded(name: string): boolean {
  const [, pid, place, maker] = MAKER.exec(name) ?? [];
  const here = hashesOf(process.pid);
  // Where the system does not tell, or for a process of another container, nothing is known.
  if (here === undefined || place !== here.place) return false;
  return hashesOf(Number(pid))?.process !== maker;
}
