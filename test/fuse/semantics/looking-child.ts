/** A program that looks at everything in a mount, over and over, so that the kernel is always being told. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { answerParent } from '../../support/child.js';

const dir = process.argv[2] as string;
let looks = 0;
let timer: NodeJS.Immediate | undefined;

/** What is there one moment may be gone the next. */
function look(): void {
  for (const folder of readdirSync(dir)) {
    try {
      for (const name of readdirSync(join(dir, folder))) {
        statSync(join(dir, folder, name));
        readFileSync(join(dir, folder, name));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  looks += 1;
  timer = setImmediate(look);
}

answerParent({
  begin: look,
  looks: () => looks,
  end: () => clearImmediate(timer),
});
