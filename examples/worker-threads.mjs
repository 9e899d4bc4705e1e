// Threads: many worker threads share one volume and its writer.   Run: node examples/worker-threads.mjs
import { once } from 'node:events';
import { isMainThread, threadId, Worker, workerData } from 'node:worker_threads';
import { attachVolume, openVolume } from 'cabinetfs';

if (isMainThread) await main();
else await work();

async function main() {
  const volume = await openVolume();
  const { fs } = volume;
  fs.writeFileSync('/counter', '0');
  fs.mkdirSync('/parts');

  // A handle for each thread: it is used once. What it holds of ports is transferred with it.
  const ended = Array.from({ length: 4 }, (_, number) => {
    const handle = volume.connect();
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { number, handle },
      transferList: handle.transferList,
    });
    return once(worker, 'exit');
  });
  await Promise.all(ended);

  console.log('counter', fs.readFileSync('/counter', 'utf8'));
  console.log(fs.readdirSync('/parts').join(' '));
  console.log('threads that are still attached:', volume.counters().writer.clients - 1);

  // Closing is for all: a thread that is still attached finishes its writes, and is refused afterwards.
  const attached = attachVolume(volume.connect());
  const last = attached.fs.promises.writeFile('/parts/last', 'asked for before');
  await volume.close();
  await last;
  await attached.fs.promises.stat('/parts').catch(({ code }) => console.log('afterwards', code));
}

async function work() {
  // The same volume, with everything it has. Reads run on this thread, writes go to the one writer.
  const volume = attachVolume(workerData.handle);
  const { fs } = volume;

  // Synchronous calls wait on this thread and on no other.
  fs.writeFileSync(`/parts/${workerData.number}`, `from thread ${threadId}`);

  // Nothing is lost between threads: a write that applies only to the version that was seen.
  for (let done = 0; done < 25; ) {
    const ifVersion = await volume.version('/counter');
    const count = Number(fs.readFileSync('/counter', 'utf8'));
    try {
      fs.writeFileSync('/counter', String(count + 1), { ifVersion });
      done += 1;
    } catch (error) {
      if (error.code !== 'ERR_VERSION_MISMATCH') throw error;
    }
  }

  // Only this thread's part closes. A thread that ends without it leaves nothing behind either.
  await volume.close();
}
