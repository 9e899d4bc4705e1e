/**
 * What all workers share, over threads and processes: things of which the whole can be told at the end.
 *
 *   counter   increments under a lock; the file counts them all
 *   accounts  transfers in transactions that are guarded by versions; the sum stays
 *   pool      tokens that anybody puts in and anybody takes, each once
 */
import { strictEqual } from 'node:assert';
import { between, type Random } from '../support/random.js';
import type { Volume } from '../support/subject.js';

/** What a worker did; the sums over all workers must fit what is there. */
export interface SharedTally {
  increments: number;
  transfers: number;
  conflicts: number;
  put: number;
  taken: number;
  events: number;
}

export const NO_TALLY: SharedTally = {
  increments: 0,
  transfers: 0,
  conflicts: 0,
  put: 0,
  taken: 0,
  events: 0,
};

const ROOT = '/shared';
const COUNTER = `${ROOT}/counter`;
const ACCOUNTS = [0, 1, 2, 3].map((index) => `${ROOT}/account${index}`);
const BALANCE = 1000;
const POOL_MAX = 50;

export async function prepareShared({ fs }: Volume): Promise<void> {
  await fs.promises.mkdir(`${ROOT}/pool`, { recursive: true });
  await fs.promises.writeFile(COUNTER, '0');
  for (const account of ACCOUNTS) await fs.promises.writeFile(account, String(BALANCE));
}

/** Throws when the whole is not what the tallies add up to. */
export async function verifyShared({ fs }: Volume, tally: SharedTally): Promise<void> {
  const count = await fs.promises.readFile(COUNTER, 'utf8');
  strictEqual(Number(count), tally.increments, 'the counter');
  let sum = 0;
  for (const account of ACCOUNTS) sum += Number(await fs.promises.readFile(account, 'utf8'));
  strictEqual(sum, BALANCE * ACCOUNTS.length, 'the sum of the accounts');
  const left = await fs.promises.readdir(`${ROOT}/pool`);
  strictEqual(left.length, tally.put - tally.taken, 'tokens in the pool');
}

export class SharedTree {
  readonly tally: SharedTally = { ...NO_TALLY };
  readonly #volume: Volume;
  readonly #name: string;
  readonly #random: Random;
  #token = 0;

  /** `name` is the worker's: it makes its tokens differ from those of others. */
  constructor(volume: Volume, name: string, random: Random) {
    this.#volume = volume;
    this.#name = name;
    this.#random = random;
  }

  async step(): Promise<void> {
    const steps = [this.#increment, this.#transfer, this.#put, this.#take] as const;
    await steps[between(this.#random, 0, steps.length - 1)]?.call(this);
  }

  async #increment(): Promise<void> {
    const { fs } = this.#volume;
    const lock = await this.#volume.lock(COUNTER);
    try {
      const value = Number(await fs.promises.readFile(COUNTER, 'utf8'));
      await fs.promises.writeFile(COUNTER, String(value + 1));
      this.tally.increments += 1;
    } finally {
      await lock.release();
    }
  }

  /** What was read is one state when the transaction finds both versions as they were. */
  async #transfer(): Promise<void> {
    const { fs } = this.#volume;
    const from = between(this.#random, 0, ACCOUNTS.length - 1);
    const to = (from + between(this.#random, 1, ACCOUNTS.length - 1)) % ACCOUNTS.length;
    const versions: number[] = [];
    const values: number[] = [];
    for (const account of ACCOUNTS) {
      versions.push(await this.#volume.version(account));
      values.push(Number(await fs.promises.readFile(account, 'utf8')));
    }
    const amount = between(this.#random, 1, 10);
    try {
      await this.#volume.transaction((tx) => {
        for (const [index, account] of ACCOUNTS.entries()) {
          tx.require(account, versions[index] as number);
        }
        tx.writeFile(ACCOUNTS[from], String((values[from] as number) - amount));
        tx.writeFile(ACCOUNTS[to], String((values[to] as number) + amount));
      });
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_VERSION_MISMATCH') throw error;
      this.tally.conflicts += 1;
      return;
    }
    this.tally.transfers += 1;
    const sum = values.reduce((total, value) => total + value, 0);
    strictEqual(sum, BALANCE * ACCOUNTS.length, 'accounts of one state');
  }

  async #put(): Promise<void> {
    const { promises } = this.#volume.fs;
    if ((await promises.readdir(`${ROOT}/pool`)).length >= POOL_MAX) return;
    this.#token += 1;
    const token = `${this.#name}-${this.#token}`;
    await promises.writeFile(`${ROOT}/pool/${token}`, token, { flag: 'wx' });
    this.tally.put += 1;
  }

  /** Of several who take the same token, one succeeds. */
  async #take(): Promise<void> {
    const { promises } = this.#volume.fs;
    const [token] = await promises.readdir(`${ROOT}/pool`);
    if (token === undefined) return;
    const mine = `${ROOT}/taken-${this.#name}`;
    try {
      await promises.rename(`${ROOT}/pool/${token}`, mine);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOENT') throw error;
      return;
    }
    this.tally.taken += 1;
    strictEqual(await promises.readFile(mine, 'utf8'), token, 'the token that was taken');
    await promises.unlink(mine);
  }
}
