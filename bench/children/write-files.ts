/**
 * Writes files of 10 KB into a new volume, for a profile of the whole process.
 *
 *     node write-files.js <empty folder> <callers> <files>
 */
import { openCabinet } from '../contenders/cabinet.js';
import { payloadOf } from '../harness/payload.js';
import { fillDirectory } from '../scenarios/filled-directory.js';

const [folder = '', callers = '1', count = '0'] = process.argv.slice(2);
const files = await openCabinet(folder);
await fillDirectory(files, 'files', Number(count), payloadOf(10_240), Number(callers));
await files.close();
