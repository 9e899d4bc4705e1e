/**
 * Repairs belong to a layer above the writer, so they come to it as the address of a module whose
 * default export it runs in one transaction.
 */
import type { MessagePort } from 'node:worker_threads';
import type { OpContext } from '../ops/context.js';

/** What a repair is given beside the transaction; `port` and `cancel` lead back to who asked. */
export interface RepairRequest {
  readonly input: unknown;
  readonly port: MessagePort;
  readonly cancel: Int32Array;
}

/** Runs inside the writer's transaction, foreign keys off; what it throws undoes everything. */
export type Repair = (ctx: OpContext, request: RepairRequest) => unknown;

/** Loads the repair at the address `module`, which is a file of this package. */
export async function loadRepair(module: string): Promise<Repair> {
  const { default: repair } = (await import(module)) as { default: Repair };
  return repair;
}
