/**
 * Appends lines to a file of a mount, as a program of its own: `node lines-child.js <file> <writer> <count> [even]`.
 * Now and then it closes the file and opens it again, or syncs it.
 */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { lineOf } from './lines.js';

const [path = '', writer = '', count = '0', even] = process.argv.slice(2);
let fd = openSync(path, 'a');
for (let number = 0; number < Number(count); number += 1) {
  const line = Buffer.from(lineOf(writer, number, even === 'even'));
  const written = writeSync(fd, line);
  if (written !== line.length) throw new Error(`${written} of ${line.length} bytes written`);
  if (number % 50 === 49) {
    closeSync(fd);
    fd = openSync(path, 'a');
  }
  if (number % 97 === 96) fsyncSync(fd);
}
closeSync(fd);
