/** What a killed process had been told, compared with what is found. */
import { existsSync, readFileSync } from 'node:fs';
import { apply, difference, type Model, type Operation } from './operation.js';

interface LogLine {
  readonly actor: number;
  readonly operation?: Operation;
}

export interface Told {
  readonly acknowledged: number;
  /** What each actor had asked for and was not told of. */
  readonly underWay: ReadonlyMap<number, Operation>;
}

/** Applies to the models what was acknowledged. */
export function replay(log: string, models: readonly Model[]): Told {
  const underWay = new Map<number, Operation>();
  let acknowledged = 0;
  for (const { actor, operation } of readLog(log)) {
    if (operation !== undefined) {
      underWay.set(actor, operation);
      continue;
    }
    apply(models[actor] as Model, underWay.get(actor) as Operation);
    underWay.delete(actor);
    acknowledged += 1;
  }
  return { acknowledged, underWay };
}

/** The last line may be cut off: then the operation had not begun. */
function readLog(path: string): LogLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as LogLine);
}

/** Whether what was under way was done, if there was any; throws when what is found is neither. */
export function demandWhole(
  model: Model,
  operation: Operation | undefined,
  found: Model,
): 'done' | 'notDone' | 'nothing' {
  const without = difference(model, found);
  if (operation === undefined) {
    if (without !== undefined) throw new Error(`acknowledged and lost: ${without}`);
    return 'nothing';
  }
  if (without === undefined) return 'notDone';
  const done: Model = new Map(model);
  apply(done, operation);
  const withIt = difference(done, found);
  if (withIt === undefined) return 'done';
  const what = JSON.stringify(operation);
  throw new Error(`neither without ${what} (${without}) nor with it (${withIt})`);
}
