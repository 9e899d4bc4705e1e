/** Maps of GNU sparse files: which regions are stored. Every form ends in the same checked list. */
import { archiveError, type ByteSource } from './byte-source.js';
import { BLOCK_BYTES, type SparseRegion, sparseRegions } from './header.js';
import type { PaxRecord } from './pax.js';

export interface SparseMap {
  /** Size of the file with its holes. */
  readonly realSize: number;
  readonly regions: readonly SparseRegion[];
  /** Bytes of the stored regions. */
  readonly storedBytes: number;
}

/** Most regions of one file: bounds the memory that an archive can ask for. */
const REGIONS_MAX = 1_000_000;
const REGIONS_PER_BLOCK = 21;
const CONTINUED_AT = 504;

function damaged(what: string): never {
  throw archiveError(`The archive is damaged: ${what}.`, 'Get a whole copy of it.');
}

/** Regions must be in order, apart, and inside the file. */
export function checkedMap(regions: readonly SparseRegion[], realSize: number): SparseMap {
  let end = 0;
  let storedBytes = 0;
  for (const { offset, length } of regions) {
    const isSane = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0;
    if (!isSane || offset < end) damaged('the map of a sparse file is out of order');
    end = offset + length;
    storedBytes += length;
  }
  if (!Number.isSafeInteger(realSize) || end > realSize)
    damaged('a sparse file is longer than it says');
  return { realSize, regions, storedBytes };
}

function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > REGIONS_MAX) {
    damaged('a sparse file has too many regions');
  }
}

/** The old GNU form: more regions in blocks after the header. */
export async function readOldRegions(
  source: ByteSource,
  first: readonly SparseRegion[],
  isContinued: boolean,
): Promise<SparseRegion[]> {
  const regions = [...first];
  for (let more = isContinued; more; ) {
    const block = await source.exactly(BLOCK_BYTES);
    regions.push(...sparseRegions(block, 0, REGIONS_PER_BLOCK));
    checkCount(regions.length);
    more = block[CONTINUED_AT] === 1;
  }
  return regions;
}

/** Pax 1.0: decimal numbers, a line each, at the start of the data. Returns also what they took up. */
export async function readMapInData(
  source: ByteSource,
  size: number,
): Promise<{ regions: SparseRegion[]; mapBytes: number }> {
  const numbers: number[] = [];
  let wanted = 1;
  let line = '';
  let mapBytes = 0;
  while (numbers.length < wanted) {
    if (mapBytes + BLOCK_BYTES > size) damaged('the map of a sparse file is cut off');
    const lines = (line + (await source.exactly(BLOCK_BYTES)).toString('latin1')).split('\n');
    mapBytes += BLOCK_BYTES;
    line = lines.pop() ?? '';
    for (const text of lines) {
      // The rest of the last block is padding.
      if (numbers.length === wanted) break;
      numbers.push(decimal(text));
      if (numbers.length > 1) continue;
      checkCount(numbers[0] as number);
      wanted = 1 + 2 * (numbers[0] as number);
    }
  }
  return { regions: pairs(numbers.slice(1)), mapBytes };
}

function decimal(text: string): number {
  if (!/^\d{1,16}$/.test(text)) damaged('the map of a sparse file is malformed');
  return Number(text);
}

function pairs(numbers: readonly number[]): SparseRegion[] {
  const regions: SparseRegion[] = [];
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    regions.push({ offset: numbers[index] as number, length: numbers[index + 1] as number });
  }
  return regions;
}

/** Pax 0.0 and 0.1: the map is in the records. Undefined when they hold none. */
export function mapInRecords(records: readonly PaxRecord[]): SparseRegion[] | undefined {
  const numbers: number[] = [];
  let isMap = false;
  for (const [key, value] of records) {
    if (key === 'GNU.sparse.map') {
      isMap = true;
      const text = value.toString('latin1');
      if (text !== '') numbers.push(...text.split(',').map(decimal));
    } else if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') {
      isMap = true;
      numbers.push(decimal(value.toString('latin1')));
    }
  }
  if (!isMap) return undefined;
  checkCount(numbers.length / 2);
  return pairs(numbers);
}
