/** All tables of a volume on one connection: what an operation works on. */
import type { Connection } from '../sqlite/connection.js';
import { CommitNumbers } from './commit-numbers.js';
import { Content } from './content.js';
import { DentryTable } from './dentry-table.js';
import { InodeTable } from './inode-table.js';
import { LockTable } from './lock-table.js';
import { MaintenanceTable } from './maintenance-table.js';
import { readVolumeFacts, type VolumeFacts } from './meta-table.js';
import { OrphanTable } from './orphan-table.js';
import type { PathCache } from './path-cache.js';
import { PathTable } from './path-table.js';
import { SymlinkTable } from './symlink-table.js';
import { XattrTable } from './xattr-table.js';

export class Store {
  readonly connection: Connection;
  readonly facts: VolumeFacts;
  readonly inodes: InodeTable;
  readonly dentries: DentryTable;
  readonly content: Content;
  readonly symlinks: SymlinkTable;
  readonly xattrs: XattrTable;
  readonly orphans: OrphanTable;
  readonly plainPaths: PathTable;
  readonly locks: LockTable;
  readonly maintenance: MaintenanceTable;
  /** Writer only. */
  readonly commits: CommitNumbers;
  /** Writer only. */
  readonly paths: PathCache | undefined;

  constructor(connection: Connection, paths?: PathCache) {
    this.connection = connection;
    this.paths = paths;
    this.facts = readVolumeFacts(connection);
    this.plainPaths = new PathTable(connection);
    this.inodes = new InodeTable(connection);
    this.dentries = new DentryTable(connection);
    this.content = new Content(connection, this.facts.chunkSizeBytes);
    this.symlinks = new SymlinkTable(connection);
    this.xattrs = new XattrTable(connection);
    this.orphans = new OrphanTable(connection);
    this.locks = new LockTable(connection);
    this.maintenance = new MaintenanceTable(connection);
    this.commits = new CommitNumbers(connection);
  }

  /** Counts the bytes of content that are read from now on in the first of these cells. */
  tallyReads(cells: Float64Array): void {
    this.content.tally = cells;
    this.plainPaths.tally = cells;
  }

  /**
   * Has every read compare checksums of content and sums of rows; EIO where one is wrong. See
   * `Content.verifyReads`.
   */
  verifyReads(keepsChunk: boolean): void {
    this.content.verifyReads(keepsChunk);
    const { plainPaths, inodes, dentries, symlinks, xattrs } = this;
    for (const table of [plainPaths, inodes, dentries, symlinks, xattrs]) table.verifies = true;
  }

  /** After a rollback: forgets what was remembered of the rows. */
  forget(): void {
    this.paths?.clear();
    this.inodes.forgetNumbers();
    this.commits.undo();
  }
}
