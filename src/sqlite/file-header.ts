/**
 * The bytes of a database file that a copy of it needs to know:
 * https://sqlite.org/fileformat2.html#the_database_header
 */

const WRITE_VERSION_OFFSET = 18;
const READ_VERSION_OFFSET = 19;
const ROLLBACK_JOURNAL = 1;
/** SQLite locks bytes here and never stores a page that holds this byte. */
const LOCK_BYTE_OFFSET = 0x40000000;

/**
 * Marks the first page as that of a database with a rollback journal: it needs no -wal and no -shm beside
 * it to be read, so it can be read where nothing may be written. Opening it as a volume gives it a log.
 */
export function markWithoutLog(firstPage: Buffer): void {
  firstPage[WRITE_VERSION_OFFSET] = ROLLBACK_JOURNAL;
  firstPage[READ_VERSION_OFFSET] = ROLLBACK_JOURNAL;
}

/** Number of the page (from 1) that holds no data. */
export function lockPage(pageSizeBytes: number): number {
  return Math.floor(LOCK_BYTE_OFFSET / pageSizeBytes) + 1;
}
