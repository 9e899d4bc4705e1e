// Back-pressure: waiting for room in the write queue, or being refused.   Run: node examples/full-queue.mjs
import { openVolume } from 'cabinetfs';

const WRITES = 500;

function writeMany(volume) {
  return Promise.allSettled(
    Array.from({ length: WRITES }, (_, index) =>
      volume.fs.promises.writeFile(`/file-${index}`, 'some content'),
    ),
  );
}

/** How many were done, and the codes of the others. */
function summary(results) {
  const refused = results.filter(({ status }) => status === 'rejected');
  const codes = [...new Set(refused.map(({ reason }) => reason.code))];
  return `${results.length - refused.length} written, ${refused.length} refused ${codes}`.trim();
}

// `wait`, the default: a full queue makes callers wait, and nothing is lost.
const patient = await openVolume(undefined, { queueCommandsMax: 50 });
console.log('wait:', summary(await writeMany(patient)));
await patient.close();

// `reject`: a server that would rather answer "busy" than pile up work. What is refused was not
// applied, so trying again later is safe.
const strict = await openVolume(undefined, { queueCommandsMax: 50, queuePolicy: 'reject' });
const writing = writeMany(strict);
const { commands, waiters } = strict.counters().queue; // constant time, for a health check
console.log(`queue: ${commands} commands, ${waiters} waiting`);
const results = await writing;
console.log('reject:', summary(results));

// What was accepted is there, what was refused is not.
const names = new Set(await strict.fs.promises.readdir('/'));
const honest = results.every(
  ({ status }, index) => names.has(`file-${index}`) === (status === 'fulfilled'),
);
console.log('results agree with the volume:', honest);
await strict.close();

// An AbortSignal takes back what the writer has not begun with.
const volume = await openVolume(undefined, { queueCommandsMax: 1 });
const abort = new AbortController();
const { promises: fs } = volume.fs;
const both = Promise.allSettled([
  fs.writeFile('/first', '1'),
  fs.writeFile('/second', '2', { signal: abort.signal }),
]);
abort.abort();
const [first, second] = await both;
console.log('first:', first.status, '- second:', second.reason.name);
console.log(await fs.readdir('/'));
await volume.close();
