/** Who is told of a commit, and whose answers wait for that. */
import { setTimeout as pause } from 'node:timers/promises';
import test from 'ava';
import type { AuthoredChange, Change } from '#src/core/change.js';
import { type Ino, ROOT_INO } from '#src/core/ino.js';
import { WitnessBoard } from '#src/core/witness-board.js';
import { WITNESS_PATIENCE_MS, Witnesses } from '#src/writer/witnesses.js';

const LIBRARY = 1;
const MOUNTED = 2;
const WITNESS = 3;
const OTHER_WITNESS = 4;
const GROUPS = new Map([[MOUNTED, 'mount']]);
const INO = 7 as Ino;

interface Stage {
  readonly witnesses: Witnesses;
  readonly board: WitnessBoard;
  /** What was posted, in order: to witnesses, and answers. */
  readonly posted: unknown[];
  commit(author: number, ...changes: readonly Change[]): void;
  answer(client: number, what: string): void;
}

function stage(): Stage {
  const posted: unknown[] = [];
  const witnesses = new Witnesses({
    groupOf: (client) => GROUPS.get(client),
    tell: (client, seq, changes) => posted.push([client, seq, changes.map(({ type }) => type)]),
  });
  const board = new WitnessBoard();
  witnesses.add(WITNESS, 'mount', board);
  return {
    witnesses,
    board,
    posted,
    commit: (author, ...changes) => {
      const authored: AuthoredChange[] = changes.map((change) => ({ change, author }));
      witnesses.begin(authored);
      witnesses.tell(authored);
      witnesses.settle();
    },
    answer: (client, what) => witnesses.answer(client, () => posted.push(what)),
  };
}

const CONTENT: Change = { type: 'content', ino: INO, version: 2 };

test('the answer waits until the witness has seen what concerns it', (t) => {
  const { witnesses, board, posted, commit, answer } = stage();
  board.note(INO, 1);
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'done');
  t.deepEqual(posted, [[WITNESS, 1, ['content']]]);
  witnesses.noteSeen(WITNESS, 1);
  t.deepEqual(posted.slice(1), ['done']);
  answer(LIBRARY, 'next');
  t.is(posted.at(-1), 'next', 'nothing is awaited any more');
});

test('answers to those in a mount never wait, and their changes are not told to its witness', (t) => {
  const { witnesses, board, posted, commit, answer } = stage();
  board.note(INO, 1);
  const mark = board.mark;
  commit(MOUNTED, CONTENT);
  t.deepEqual(posted, []);
  t.true(board.isUnchanged(mark), 'what was read meanwhile may be remembered');
  const other = new WitnessBoard();
  other.note(INO, 1);
  witnesses.add(OTHER_WITNESS, 'other', other);
  commit(MOUNTED, CONTENT);
  answer(MOUNTED, 'done');
  t.deepEqual(posted, [[OTHER_WITNESS, 1, ['content']], 'done']);
});

test('what the kernel does not know is told to nobody, and awaited by nobody', (t) => {
  const { posted, commit, answer } = stage();
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'done');
  t.deepEqual(posted, ['done']);
});

test('a name concerns who knows its directory', (t) => {
  const { board, posted, commit } = stage();
  board.note(ROOT_INO, 1);
  commit(LIBRARY, {
    type: 'create',
    ino: INO,
    parent: ROOT_INO,
    name: 'a',
    version: 1,
    isDirectory: false,
  });
  t.deepEqual(posted, [[WITNESS, 1, ['create']]]);
});

test('what is read while others commit is not to be remembered', (t) => {
  const { witnesses, board } = stage();
  const authored = [{ change: CONTENT, author: LIBRARY }];
  const before = board.mark;
  witnesses.begin(authored);
  const within = board.mark;
  board.note(INO, 1);
  t.false(board.isUnchanged(before));
  t.false(board.isUnchanged(within));
  witnesses.tell(authored);
  witnesses.settle();
  t.false(board.isUnchanged(before));
  t.true(board.isUnchanged(board.mark));
});

test('answers keep their order, and each waits for what was committed before it', (t) => {
  const { witnesses, board, posted, commit, answer } = stage();
  board.note(INO, 1);
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'first');
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'second');
  witnesses.noteSeen(WITNESS, 1);
  t.deepEqual(posted.slice(2), ['first']);
  witnesses.noteSeen(WITNESS, 2);
  t.deepEqual(posted.slice(2), ['first', 'second']);
});

test('a witness that leaves keeps nobody waiting', (t) => {
  const { witnesses, board, posted, commit, answer } = stage();
  board.note(INO, 1);
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'done');
  witnesses.remove(WITNESS);
  t.is(posted.at(-1), 'done');
});

test('a witness that hangs is not waited for until it has caught up', async (t) => {
  const { witnesses, board, posted, commit, answer } = stage();
  board.note(INO, 1);
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'late');
  await pause(WITNESS_PATIENCE_MS + 200);
  t.is(posted.at(-1), 'late');
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'at once');
  t.is(posted.at(-1), 'at once');
  witnesses.noteSeen(WITNESS, 2);
  commit(LIBRARY, CONTENT);
  answer(LIBRARY, 'waits again');
  t.not(posted.at(-1), 'waits again');
  witnesses.noteSeen(WITNESS, 3);
  t.is(posted.at(-1), 'waits again');
});
