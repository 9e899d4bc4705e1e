import test from 'ava';
import { complete } from '#src/cli/shell/completion.js';

test('views, columns and words of SQL are completed', (t) => {
  t.deepEqual(complete('SELECT path FROM fil'), [['files'], 'fil']);
  t.deepEqual(complete('select stored'), [['stored_bytes'], 'stored']);
  t.deepEqual(complete('sel'), [['select'], 'sel']);
  t.deepEqual(complete('SEL'), [['SELECT'], 'SEL']);
  t.deepEqual(complete('SELECT '), [[], '']);
});

test('commands with a dot and their arguments are completed', (t) => {
  t.deepEqual(complete('.s'), [['.schema'], '.s']);
  t.deepEqual(complete('.mode c'), [['csv'], 'c']);
  t.deepEqual(complete('.schema u'), [['usage'], 'u']);
});
