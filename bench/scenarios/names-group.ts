/**
 * Operations that change names and no content: one group per number of callers. With one caller
 * the contenders are plain better-sqlite3 with a transaction each; with 64, `node:fs/promises`.
 */
import type { AsyncFiles, OpenFiles } from '../contenders/async-files.js';
import { cabinetName, cabinetOpener } from '../contenders/cabinet.js';
import { NODE_PROMISES, openNodeFiles } from '../contenders/node-promises.js';
import { PLAIN_EACH, type PlainDatabase } from '../contenders/plain-sqlite.js';
import { PLAIN_TREE } from '../contenders/plain-tree.js';
import { runCallers } from '../harness/callers.js';
import { payloadOf } from '../harness/payload.js';
import {
  type Contender,
  type Goal,
  type Group,
  type Readings,
  rateMetrics,
} from '../harness/scenario.js';
import { startStopwatch } from '../harness/stopwatch.js';
import { verify } from '../harness/verify.js';
import { openFilled, scattered, WARM_UP_COUNT, warmUp } from './filled-directory.js';

/** The files that names are changed of. */
export const NAMED_FILES = payloadOf(10_240);

export interface NamesOperation {
  readonly verb: string;
  /** Changes the file with this index in `directory`. */
  readonly change: (files: AsyncFiles, directory: string, index: number) => Promise<unknown>;
  /** Fails unless every file was changed. */
  readonly verify: (files: AsyncFiles, count: number) => Promise<void>;
  /** The same on plain better-sqlite3: the least rows, and four rows. */
  readonly plain: (count: number) => readonly Contender[];
}

export function namesGroup(operation: NamesOperation, callers: number, count: number): Group {
  return {
    title: `${operation.verb}, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    metrics: rateMetrics('files'),
    contenders: [
      ...(callers === 1 ? operation.plain(count) : []),
      asyncContender(NODE_PROMISES, openNodeFiles, operation, callers, count),
      asyncContender(cabinetName('normal'), cabinetOpener('normal'), operation, callers, count),
      asyncContender(cabinetName('full'), cabinetOpener('full'), operation, callers, count),
    ],
    goals: callers === 1 ? oneCallerGoals(operation) : [concurrentGoal(operation, callers)],
  };
}

function oneCallerGoals({ verb }: NamesOperation): Goal[] {
  return [PLAIN_EACH, PLAIN_TREE].map((plain) => ({
    label: `${verb}, 1 caller`,
    of: [cabinetName('normal'), 'rate'],
    against: [plain, 'rate'],
    bound: { atLeast: 0.55 },
  }));
}

function concurrentGoal({ verb }: NamesOperation, callers: number): Goal {
  return {
    label: `${verb}, ${callers} callers`,
    of: [cabinetName('normal'), 'rate'],
    against: [NODE_PROMISES, 'rate'],
    bound: { atLeast: 1 },
  };
}

function asyncContender(
  name: string,
  open: OpenFiles,
  operation: NamesOperation,
  callers: number,
  count: number,
): Contender {
  const at = scattered(count);
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const files = await openFilled(open, folder, count, NAMED_FILES);
      await warmUp(files, NAMED_FILES, callers);
      await runCallers(callers, WARM_UP_COUNT, (step) => operation.change(files, 'warm-up', step));
      const stopwatch = startStopwatch();
      await runCallers(callers, count, (step) => operation.change(files, 'files', at(step)));
      const rate = count / stopwatch.seconds();
      await files.close();
      const rateClosed = count / stopwatch.seconds();
      const reopened = await open(folder);
      await operation.verify(reopened, count);
      await reopened.close();
      return { rate, rateClosed };
    },
  };
}

/** Plain better-sqlite3 with a transaction per change; `change` returns how many rows it changed. */
export function plainEachContender<T extends PlainDatabase>(
  name: string,
  count: number,
  open: (folder: string) => T,
  change: (database: T, index: number) => number,
): Contender {
  const at = scattered(count);
  return {
    name,
    run: async ({ folder }): Promise<Readings> => {
      const database = open(folder);
      let changes = 0;
      const stopwatch = startStopwatch();
      for (let step = 0; step < count; step += 1) {
        database.begin();
        changes += change(database, at(step));
        database.commit();
      }
      const rate = count / stopwatch.seconds();
      database.close();
      const rateClosed = count / stopwatch.seconds();
      verify(changes === count, 'every row was changed');
      return { rate, rateClosed };
    },
  };
}
