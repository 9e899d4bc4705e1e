/**
 * What the child does to the volume and the parent repeats on a plain map, so that after a crash
 * the two can be compared. Each operation is one step that is done wholly or not at all.
 */
import type { Volume } from '../support/subject.js';

/** Files of one actor by path; a directory is null. */
export type Model = Map<string, Buffer | null>;

export type Operation =
  | { readonly kind: 'put' | 'append'; path: string; size: number; mark: string }
  | { readonly kind: 'overwrite'; path: string; offset: number; size: number; mark: string }
  | { readonly kind: 'truncate'; path: string; size: number }
  | { readonly kind: 'rename' | 'copy'; from: string; to: string }
  | { readonly kind: 'remove' | 'removeTree'; path: string }
  | { readonly kind: 'tree'; path: string; files: number; size: number; mark: string }
  | { readonly kind: 'together'; steps: readonly Operation[] };

/** Content that tells which operation wrote it. */
export function contentOf(mark: string, size: number): Buffer {
  return Buffer.alloc(size, `${mark}.`);
}

export async function perform(volume: Volume, operation: Operation): Promise<void> {
  const { promises } = volume.fs;
  switch (operation.kind) {
    case 'put':
      await promises.writeFile(operation.path, contentOf(operation.mark, operation.size));
      break;
    case 'append':
      await promises.appendFile(operation.path, contentOf(operation.mark, operation.size));
      break;
    case 'overwrite': {
      await using handle = await promises.open(operation.path, 'r+');
      const content = contentOf(operation.mark, operation.size);
      await handle.write(content, 0, content.length, operation.offset);
      break;
    }
    case 'truncate':
      await promises.truncate(operation.path, operation.size);
      break;
    case 'rename':
      await promises.rename(operation.from, operation.to);
      break;
    case 'copy':
      await promises.copyFile(operation.from, operation.to);
      break;
    case 'remove':
      await promises.unlink(operation.path);
      break;
    case 'removeTree':
      await promises.rm(operation.path, { recursive: true });
      break;
    case 'tree':
      await volume.transaction((tx) => {
        tx.mkdir(operation.path);
        for (const [path, content] of treeOf(operation)) tx.writeFile(path, content);
      });
      break;
    case 'together':
      await volume.transaction((tx) => {
        for (const step of operation.steps) {
          if (step.kind === 'put') tx.writeFile(step.path, contentOf(step.mark, step.size));
          else if (step.kind === 'rename') tx.rename(step.from, step.to);
          else if (step.kind === 'remove') tx.unlink(step.path);
        }
      });
  }
}

function treeOf(tree: Operation & { kind: 'tree' }): [path: string, content: Buffer][] {
  return Array.from({ length: tree.files }, (_, index) => [
    `${tree.path}/${index}`,
    contentOf(`${tree.mark}-${index}`, tree.size),
  ]);
}

/** The same on the map. */
export function apply(model: Model, operation: Operation): void {
  switch (operation.kind) {
    case 'put':
      model.set(operation.path, contentOf(operation.mark, operation.size));
      break;
    case 'append': {
      const old = model.get(operation.path) ?? Buffer.alloc(0);
      const added = contentOf(operation.mark, operation.size);
      model.set(operation.path, Buffer.concat([old, added]));
      break;
    }
    case 'overwrite': {
      const old = model.get(operation.path) ?? Buffer.alloc(0);
      const changed = resize(old, Math.max(old.length, operation.offset + operation.size));
      contentOf(operation.mark, operation.size).copy(changed, operation.offset);
      model.set(operation.path, changed);
      break;
    }
    case 'truncate':
      model.set(
        operation.path,
        resize(model.get(operation.path) ?? Buffer.alloc(0), operation.size),
      );
      break;
    case 'rename':
      // Renaming a file to itself does nothing.
      if (operation.from === operation.to) break;
      model.set(operation.to, model.get(operation.from) ?? null);
      model.delete(operation.from);
      break;
    case 'copy':
      model.set(operation.to, model.get(operation.from) ?? null);
      break;
    case 'remove':
      model.delete(operation.path);
      break;
    case 'removeTree':
      for (const path of [...model.keys()]) {
        if (path === operation.path || path.startsWith(`${operation.path}/`)) model.delete(path);
      }
      break;
    case 'tree':
      model.set(operation.path, null);
      for (const [path, content] of treeOf(operation)) model.set(path, content);
      break;
    case 'together':
      for (const step of operation.steps) apply(model, step);
  }
}

function resize(content: Buffer, size: number): Buffer {
  const resized = Buffer.alloc(size);
  content.copy(resized);
  return resized;
}

/** What is below `root` in the volume. */
export async function readModel(volume: Volume, root: string): Promise<Model> {
  const { promises } = volume.fs;
  const model: Model = new Map();
  const entries = await promises.readdir(root, { withFileTypes: true, recursive: true } as never);
  for (const entry of entries as unknown as {
    name: string;
    parentPath: string;
    isFile(): boolean;
  }[]) {
    const path = `${entry.parentPath}/${entry.name}`;
    model.set(path, entry.isFile() ? ((await promises.readFile(path)) as Buffer) : null);
  }
  return model;
}

/** The first difference between two models, as a sentence. */
export function difference(expected: Model, actual: Model): string | undefined {
  for (const [path, content] of expected) {
    const found = actual.get(path);
    if (found === undefined) return `${path} is missing`;
    if ((content === null) !== (found === null)) return `${path} is of another kind`;
    if (content !== null && found !== null && !content.equals(found)) {
      return `${path} has other content (${content.length} bytes expected, ${found.length} found)`;
    }
  }
  for (const path of actual.keys()) if (!expected.has(path)) return `${path} should not be there`;
  return undefined;
}
