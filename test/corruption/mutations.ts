/** Ways to damage the bytes of a file, named so that one can be repeated. */
import { between, createRandom, pick, type Random } from '../support/random.js';
import { PAGE_BYTES } from './sample.js';

export interface Mutation {
  readonly name: string;
  /** What kind it is counted as. */
  readonly kind: string;
  /** May change its argument. */
  apply(bytes: Buffer): Buffer;
}

const SECTOR_BYTES = 512;
const DATABASE_HEADER_BYTES = 100;
const TREE_HEADER_BYTES = 12;
const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

function flip(kind: string, at: number, bit: number): Mutation {
  return {
    name: `bit ${bit} of byte ${at}`,
    kind,
    apply: (bytes) => {
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << bit);
      return bytes;
    },
  };
}

function overwrite(kind: string, at: number, length: number, value: number): Mutation {
  return {
    name: `${length} bytes from ${at} become ${value}`,
    kind,
    apply: (bytes) => bytes.fill(value, at, Math.min(at + length, bytes.length)),
  };
}

function truncate(kind: string, length: number): Mutation {
  return { name: `cut to ${length}`, kind, apply: (bytes) => bytes.subarray(0, length) };
}

/** Puts a copy of one page in the place of another. */
function misplace(from: number, to: number): Mutation {
  return {
    name: `page ${from} in the place of page ${to}`,
    kind: 'misplaced page',
    apply: (bytes) => {
      bytes.copy(bytes, (to - 1) * PAGE_BYTES, (from - 1) * PAGE_BYTES, from * PAGE_BYTES);
      return bytes;
    },
  };
}

function swap(one: number, other: number): Mutation {
  return {
    name: `pages ${one} and ${other} swapped`,
    kind: 'swapped pages',
    apply: (bytes) => {
      const first = Buffer.from(bytes.subarray((one - 1) * PAGE_BYTES, one * PAGE_BYTES));
      bytes.copy(bytes, (one - 1) * PAGE_BYTES, (other - 1) * PAGE_BYTES, other * PAGE_BYTES);
      first.copy(bytes, (other - 1) * PAGE_BYTES);
      return bytes;
    },
  };
}

function* everyPage(pages: number): Generator<Mutation> {
  for (let page = 1; page <= pages; page += 1) {
    const at = (page - 1) * PAGE_BYTES;
    yield overwrite('zeroed page', at, PAGE_BYTES, 0);
    yield overwrite('page of 0xff', at, PAGE_BYTES, 0xff);
    yield overwrite('zeroed sector', at + SECTOR_BYTES * (page % 8), SECTOR_BYTES, 0);
  }
}

/** Bits of what SQLite finds its way by: headers of trees, and the first pointers to cells. */
function* headerBits(pages: number): Generator<Mutation> {
  for (let page = 1; page <= pages; page += 1) {
    const at = (page - 1) * PAGE_BYTES + (page === 1 ? DATABASE_HEADER_BYTES : 0);
    for (let offset = 0; offset < TREE_HEADER_BYTES + 4; offset += 1) {
      yield flip('bit of a page header', at + offset, (page + offset) % 8);
    }
  }
}

function* randomBits(
  random: Random,
  length: number,
  count: number,
  kind: string,
): Generator<Mutation> {
  for (let index = 0; index < count; index += 1) {
    yield flip(kind, between(random, 0, length - 1), between(random, 0, 7));
  }
}

/** Of what no checksum of content covers. */
export const METADATA_BIT = 'bit of a row of metadata';

/** Bits of such rows, in these pages. */
function* metadataBits(
  random: Random,
  pages: readonly number[],
  count: number,
): Generator<Mutation> {
  for (let index = 0; index < count && pages.length > 0; index += 1) {
    const at = (pick(random, pages) - 1) * PAGE_BYTES + between(random, 0, PAGE_BYTES - 1);
    yield flip(METADATA_BIT, at, between(random, 0, 7));
  }
}

export interface MutationChoice {
  readonly length: number;
  readonly seed: number;
  /** Bits anywhere, and of rows of metadata. */
  readonly randomCount: number;
  readonly metadataPages: readonly number[];
}

/** Everything that is tried on a database file of so many bytes. */
export function databaseMutations(choice: MutationChoice): Mutation[] {
  const { length, seed, randomCount, metadataPages } = choice;
  const random = createRandom(seed);
  const pages = Math.floor(length / PAGE_BYTES);
  const all: Mutation[] = [];
  for (let at = 0; at < DATABASE_HEADER_BYTES; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) all.push(flip('bit of the file header', at, bit));
  }
  all.push(...everyPage(pages), ...headerBits(pages));
  all.push(...randomBits(random, length, randomCount, 'bit anywhere'));
  all.push(...metadataBits(random, metadataPages, randomCount));
  for (let index = 0; index < pages; index += 1) {
    const [one, other] = [between(random, 1, pages), between(random, 1, pages)];
    all.push(swap(one, other), misplace(other, one));
    all.push(truncate('cut off', between(random, 0, length - 1)));
    all.push(truncate('cut off at a page', between(random, 0, pages - 1) * PAGE_BYTES));
  }
  return all;
}

/** The same for a log. */
export function logMutations({ length, seed, randomCount }: MutationChoice): Mutation[] {
  const random = createRandom(seed);
  const frameBytes = FRAME_HEADER_BYTES + PAGE_BYTES;
  const frames = Math.floor((length - LOG_HEADER_BYTES) / frameBytes);
  const all: Mutation[] = [];
  for (let at = 0; at < LOG_HEADER_BYTES; at += 1) {
    all.push(flip('bit of the log header', at, at % 8));
  }
  for (let frame = 0; frame < frames; frame += 1) {
    const at = LOG_HEADER_BYTES + frame * frameBytes;
    for (let offset = 0; offset < FRAME_HEADER_BYTES; offset += 3) {
      all.push(flip('bit of a frame header', at + offset, (frame + offset) % 8));
    }
    all.push(overwrite('zeroed frame', at, frameBytes, 0));
    all.push(truncate('log cut off', at + between(random, 0, frameBytes)));
  }
  all.push(...randomBits(random, length, randomCount, 'bit anywhere in the log'));
  return all;
}

/** An even choice of `count` of them, the same for the same seed. */
export function choose(all: readonly Mutation[], count: number, seed: number): Mutation[] {
  if (count >= all.length) return [...all];
  const random = createRandom(seed);
  const step = all.length / count;
  return Array.from(
    { length: count },
    (_, index) => all[Math.min(all.length - 1, Math.floor((index + random()) * step))] as Mutation,
  );
}
