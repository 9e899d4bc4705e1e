/** Chooses the next operation of one actor, always one that succeeds. */
import { between, pick, type Random } from '../support/random.js';
import type { Model, Operation } from './operation.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const TREES = ['tree-1', 'tree-2'];
/** Inline, one chunk, several chunks, and more than an unlink frees at once. */
const SIZES = [0, 40, 500, 3000, 20_000, 70_000, 300_000];
const BIG_BYTES = 4 * 1024 * 1024;
const FILE_BYTES_MAX = 1024 * 1024;

function sizeFor(random: Random): number {
  return random() < 0.02 ? BIG_BYTES : pick(random, SIZES);
}

export function randomOperation(
  random: Random,
  root: string,
  model: Model,
  mark: string,
): Operation {
  const files = NAMES.map((name) => `${root}/${name}`).filter((path) => model.has(path));
  const path = `${root}/${pick(random, NAMES)}`;
  const put: Operation = { kind: 'put', path, size: sizeFor(random), mark };
  if (files.length < 2) return put;
  const existing = pick(random, files);
  const other = pick(
    random,
    files.filter((file) => file !== existing),
  );
  const length = model.get(existing)?.length ?? 0;
  switch (between(random, 0, 11)) {
    case 0:
    case 1:
      if (length > FILE_BYTES_MAX) return put;
      return { kind: 'append', path: existing, size: pick(random, SIZES), mark };
    case 2:
    case 3: {
      const offset = between(random, 0, Math.min(length, FILE_BYTES_MAX));
      return { kind: 'overwrite', path: existing, offset, size: pick(random, SIZES), mark };
    }
    case 4:
      return { kind: 'truncate', path: existing, size: between(random, 0, length) };
    case 5:
      return { kind: 'rename', from: existing, to: random() < 0.5 ? other : path };
    case 6:
      return { kind: 'copy', from: existing, to: other };
    case 7:
      return { kind: 'remove', path: existing };
    case 8: {
      const tree = `${root}/${pick(random, TREES)}`;
      if (model.has(tree)) return { kind: 'removeTree', path: tree };
      return { kind: 'tree', path: tree, files: between(random, 1, 40), size: 600, mark };
    }
    case 9: {
      const steps: Operation[] = [
        { kind: 'put', path: existing, size: pick(random, SIZES), mark: `${mark}-1` },
        { kind: 'put', path: other, size: pick(random, SIZES), mark: `${mark}-2` },
        { kind: 'rename', from: existing, to: other },
        { kind: 'put', path: existing, size: pick(random, SIZES), mark: `${mark}-3` },
      ];
      return { kind: 'together', steps };
    }
    default:
      return put;
  }
}
