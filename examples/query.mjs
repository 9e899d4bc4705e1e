// Questions in SQL: what is big, what is there twice, and a limit.   Run: node examples/query.mjs
import { openVolume } from 'cabinetfs';

const volume = await openVolume();
const { promises } = volume.fs;
await promises.mkdir('/photos/2025', { recursive: true });
await promises.mkdir('/photos/2026');
await promises.writeFile('/photos/2025/sea.jpg', Buffer.alloc(300_000, 'sea'));
await promises.writeFile('/photos/2026/hill.jpg', Buffer.alloc(200_000, 'hill'));
await promises.writeFile('/photos/2026/hill-again.jpg', Buffer.alloc(200_000, 'hill'));
await promises.writeFile('/notes.txt', 'three photos');

// Rows are objects; values go into parameters, never into the text.
const big = await volume.query(
  'SELECT path, size FROM files WHERE size > ? ORDER BY size DESC',
  [1000],
);
for (const { path, size } of big.rows) console.log(size, path);

const trees = await volume.query(
  'SELECT path, tree_files, tree_bytes FROM directories WHERE depth > 0 ORDER BY tree_bytes DESC',
);
for (const { path, tree_files, tree_bytes } of trees.rows)
  console.log(path, tree_files, tree_bytes);

const twice = await volume.query(
  `SELECT group_concat(name, ' = ') AS names FROM (SELECT * FROM files ORDER BY name)
   GROUP BY size, checksum HAVING count(*) > 1`,
);
console.log(twice.rows[0].names);

// A statement that never ends is ended; nothing else waits for it.
const endless =
  'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t';
await volume.query(endless, [], { timeoutMs: 200 }).catch(({ code }) => console.log(code));

// Reading only.
await volume.query('DELETE FROM inode').catch(({ code }) => console.log(code));
await volume.close();
