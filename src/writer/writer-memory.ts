import { LatestInodes } from '../store/latest-inodes.js';
import { LatestRecords } from '../store/latest-records.js';

/** Where the writer tells all threads of what it has just done. */
export interface WriterMemory {
  readonly records: LatestRecords;
  readonly inodes: LatestInodes;
}

/** For a writer that nobody listens to. */
export function createWriterMemory(): WriterMemory {
  return { records: new LatestRecords(), inodes: new LatestInodes() };
}
