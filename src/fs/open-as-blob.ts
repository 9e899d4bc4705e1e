/** `fs.openAsBlob`: a file as a Blob. */
import { Blob } from 'node:buffer';
import { validateObject, validateString } from './arguments/types.js';
import { prepare } from './callbacks/answer.js';
import { readFile } from './calls/whole-file.js';
import type { FaceHost } from './host.js';

/**
 * The content of the moment of the call, in memory. Node's Blob reads the file when it is read itself
 * and fails when the file has changed meanwhile.
 */
export function openAsBlob(host: FaceHost): (path: unknown, options?: unknown) => Promise<Blob> {
  return function openAsBlob(path, options = {}) {
    validateObject(options, 'options');
    const type = options.type || '';
    validateString(type, 'options.type');
    const call = prepare(() => readFile(host.environment, path));
    return host.runner.run(() => call).then((data) => new Blob([data], { type }));
  };
}
