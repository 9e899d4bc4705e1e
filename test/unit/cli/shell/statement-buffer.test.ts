import test from 'ava';
import fc from 'fast-check';
import { StatementBuffer } from '#src/cli/shell/statement-buffer.js';

function statementsOf(
  ...lines: readonly string[]
): [statements: string[], rest: string | undefined] {
  const buffer = new StatementBuffer();
  const statements = lines.flatMap((line) => buffer.addLine(line));
  return [statements, buffer.rest()];
}

test('a statement ends with a semicolon, over as many lines as it takes', (t) => {
  t.deepEqual(statementsOf('SELECT 1;'), [['SELECT 1'], undefined]);
  t.deepEqual(statementsOf('SELECT', '1', ';'), [['SELECT\n1'], undefined]);
  t.deepEqual(statementsOf('SELECT 1; SELECT 2; SELECT', '3;'), [
    ['SELECT 1', 'SELECT 2', 'SELECT\n3'],
    undefined,
  ]);
  t.deepEqual(statementsOf('SELECT 1'), [[], 'SELECT 1']);
});

test('a semicolon in a text, a name or a comment ends nothing', (t) => {
  for (const enclosed of ["';'", "'it''s;'", '";"', '`;`', '[;]', '/* ; */', '/* ;\n; */']) {
    const sql = `SELECT ${enclosed}, 1`;
    t.deepEqual(statementsOf(...`${sql};`.split('\n')), [[sql], undefined], enclosed);
  }
  t.deepEqual(statementsOf('SELECT 1 -- ;', '+ 1;'), [['SELECT 1 -- ;\n+ 1'], undefined]);
});

test('what says nothing is no statement', (t) => {
  t.deepEqual(statementsOf('', ';', ' ; ;', '-- only a remark', '/* x */;'), [[], undefined]);
  const buffer = new StatementBuffer();
  buffer.addLine('-- a remark');
  t.true(buffer.isEmpty);
  buffer.addLine('SELECT');
  t.false(buffer.isEmpty);
  buffer.clear();
  t.true(buffer.isEmpty);
});

test('a text that is not closed goes on to the next line', (t) => {
  t.deepEqual(statementsOf("SELECT 'one;", "two';"), [["SELECT 'one;\ntwo'"], undefined]);
  t.deepEqual(statementsOf("SELECT 'never;"), [[], "SELECT 'never;"]);
});

test('statements come out as they went in, however the lines fall', (t) => {
  const piece = fc.constantFrom('SELECT 1', "'a;b'", '"c;"', 'x', '/* ; */', ' ', '\n', "''");
  const statement = fc
    .array(piece, { minLength: 1, maxLength: 8 })
    .map((pieces) => `S ${pieces.join('')}`.trim());
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), (statements) => {
      const text = statements.map((each) => `${each};`).join('\n');
      t.deepEqual(statementsOf(...text.split('\n')), [statements, undefined]);
    }),
  );
});
