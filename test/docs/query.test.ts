/** docs/query.md lists the views, their columns and the limits as they are. */
import test from 'ava';
import { QUERY_LIMITS } from '#src/maintenance/query/query.js';
import { VIEWS } from '#src/maintenance/query/views.js';
import { codeBlocks, codeOf, tableRows } from '../support/markdown.js';
import { readProjectFile } from '../support/project.js';
import { withVolume } from '../support/temporary-volume.js';

const DOCUMENT = readProjectFile('docs/query.md');

test('query.md lists the columns of the views with type and meaning', (t) => {
  const listed = tableRows(DOCUMENT, 'Column').map((row) => [
    codeOf(row.Column),
    row.Type,
    row.Meaning,
  ]);
  const columns = VIEWS.flatMap((view) => view.columns);
  t.deepEqual(
    listed,
    columns.map(({ name, type, about }) => [name, type, about]),
  );
  for (const { name, about } of VIEWS) t.true(DOCUMENT.includes(`### ${name}\n\n${about}\n`), name);
});

test('the views have the columns that are described', async (t) => {
  await withVolume(t, {}, async ({ volume }) => {
    for (const { name, columns } of VIEWS) {
      const result = await volume.query(`SELECT * FROM ${name} LIMIT 0`);
      t.deepEqual(
        [...result.columns],
        columns.map((column) => column.name),
      );
    }
  });
});

test('query.md gives the limits that are enforced', (t) => {
  const rows = tableRows(DOCUMENT, 'Option');
  t.deepEqual(
    rows.map(({ Option }) => codeOf(Option)),
    Object.keys(QUERY_LIMITS),
  );
  for (const { Option, Default, Values } of rows) {
    const limit = QUERY_LIMITS[codeOf(Option) as keyof typeof QUERY_LIMITS];
    const [usual, min, max] = [limit.default, limit.min, limit.max].map((value) =>
      value.toLocaleString('en-US'),
    );
    t.deepEqual([Default, Values], [usual, `${min} to ${max}`], Option);
  }
});

test('every example of query.md runs', async (t) => {
  const statements = codeBlocks(DOCUMENT)
    .filter(({ info }) => info === 'sql')
    .flatMap(({ text }) => text.split(';'))
    .map((sql) => sql.trim())
    .filter((sql) => sql !== '');
  t.true(statements.length >= 9);
  await withVolume(t, {}, async ({ volume }) => {
    await volume.fs.promises.writeFile('/file.txt', 'x');
    await volume.fs.promises.symlink('/nowhere', '/link');
    for (const sql of statements) await t.notThrowsAsync(volume.query(sql), sql);
  });
});
