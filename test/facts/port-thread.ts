/** Task: answers every message on a port of its own, for as long as the worker lives. */
import type { MessagePort } from 'node:worker_threads';

export default function serve({ port }: { readonly port: MessagePort }): null {
  port.on('message', () => port.postMessage('yes'));
  return null;
}
