import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { historyPath, readHistory, writeHistory } from '#src/cli/shell/history.js';
import { withFolder } from '../../../support/temporary-volume.js';

test('the history is where the system keeps state, or where it was asked for, or nowhere', (t) => {
  t.is(historyPath({ XDG_STATE_HOME: '/state' }), '/state/cabinetfs/shell-history');
  t.regex(historyPath({}) ?? '', /\/\.local\/state\/cabinetfs\/shell-history$/);
  t.is(historyPath({ CABINET_HISTORY: '/mine', XDG_STATE_HOME: '/state' }), '/mine');
  t.is(historyPath({ CABINET_HISTORY: '' }), undefined);
});

test('lines are kept for the user alone, newest first, and not without end', async (t) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'state', 'history');
    t.deepEqual(readHistory(path), []);
    t.deepEqual(readHistory(undefined), []);
    const lines = Array.from({ length: 1200 }, (_, index) => `line ${1200 - index}`);
    writeHistory(path, lines);
    t.is(statSync(path).mode & 0o777, 0o600);
    t.deepEqual(readHistory(path), lines.slice(0, 1000));
    writeFileSync(path, '');
    t.deepEqual(readHistory(path), []);
  });
});
