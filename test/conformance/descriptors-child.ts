/**
 * Run by `exhaustion.test.ts` under a small limit of open files: prints how the real filesystem
 * answers when there are no more descriptors. A process of its own, because the limit belongs to one.
 */
import { diskSubject } from '../support/subject.js';
import { exhaust } from './exhaust.js';

const subject = await diskSubject();
const answers = await exhaust(subject);
await subject.dispose();
process.stdout.write(JSON.stringify(answers));
