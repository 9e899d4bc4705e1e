/** Run by `race.test.ts`: migrates a volume when told to, at the same time as another process. */
import { migrate } from '#src/schema/migrate.js';
import { readMigrations } from '#src/schema/migration-files.js';
import { openConnection } from '#src/sqlite/connection.js';
import { answerParent } from '../support/child.js';

const file = process.argv[2] as string;
const existing = readMigrations();
const version = existing.length + 1;
const slow = `
  CREATE TABLE extra (x INTEGER) STRICT;
  INSERT INTO extra
    WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200000)
    SELECT x FROM n`;

answerParent({
  migrate: () => {
    const connection = openConnection(file, {
      role: 'writer',
      cacheBytes: 1_000_000,
      busyTimeoutMs: 20_000,
    });
    const name = `${String(version).padStart(4, '0')}_made_up`;
    const migrations = [...existing, { version, name, sql: slow, sha256: 'made up' }];
    const { safetyCopy } = migrate(connection, {
      safetyCopy: true,
      chunkSizeBytes: 65_536,
      migrations,
    });
    const rows = connection.statement<[], [number]>('SELECT count(*) FROM extra').get();
    connection.close();
    return { rows: rows?.[0], safetyCopy };
  },
  end: () => undefined,
});
