/**
 * Mounting for ordinary users: `fusermount`, a setuid program, opens /dev/fuse, mounts, and hands the
 * descriptor over a socket (SCM_RIGHTS). Node cannot receive one: the optional package usocket does.
 *
 *   our end (usocket) ◀── socket in a private folder ── its end, given to fusermount as descriptor 3
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { VolumeError } from '../../core/errors.js';
import type { ResolvedMountOptions } from '../../core/mount-options.js';
import { helperRefused, mountFailed, noHelper, packageMissing } from './mount-errors.js';
import { SUBTYPE } from './mount-table.js';
import { findHelper, runHelper } from './system-commands.js';

// Not a literal: what it exports is declared here.
const PACKAGE_NAME: string = 'usocket';
/** The descriptor is sent before the program ends; in milliseconds. */
const RECEIVE_MAX_MS = 5000;

/** The parts of usocket that are used. */
interface Peer extends NodeJS.EventEmitter {
  read(bytes: number): unknown;
  destroy(): void;
}

interface Listener extends NodeJS.EventEmitter {
  listen(path: string): void;
  close(): void;
}

interface SocketPackage {
  readonly UServer: new () => Listener;
}

async function loadPackage(dir: string): Promise<SocketPackage> {
  try {
    return ((await import(PACKAGE_NAME)) as { readonly default: SocketPackage }).default;
  } catch (error) {
    throw packageMissing(dir, PACKAGE_NAME, error);
  }
}

/** Mounts at `dir`; returns the descriptor of the connection. */
export async function mountByHelper(dir: string, options: ResolvedMountOptions): Promise<number> {
  const helper = findHelper();
  if (helper === undefined) throw noHelper(dir);
  const pair = await SocketPair.open(await loadPackage(dir));
  try {
    const received = pair.receive();
    const args = ['-o', optionsOf(options), '--', dir];
    const run = await runHelper(helper, args, pair.theirs);
    if (run.status !== 0) throw helperRefused(dir, run);
    const fd = await Promise.race([received, pause(RECEIVE_MAX_MS, undefined, { ref: false })]);
    if (fd === undefined) {
      throw mountFailed(dir, `${helper} sent no descriptor`, 'Use another transport.');
    }
    return fd;
  } finally {
    pair.close();
  }
}

/**
 * Why the helper does not mount, for one whose own words were lost: it is asked again. A mount that it
 * makes after all answers nobody, and is to be taken away.
 */
export async function askHelper(dir: string, options: ResolvedMountOptions): Promise<VolumeError> {
  const helper = findHelper();
  if (helper === undefined) return noHelper(dir);
  const run = await runHelper(helper, ['-o', optionsOf(options), '--', dir], 'pipe');
  if (run.status !== 0) return helperRefused(dir, run);
  return mountFailed(dir, 'libfuse refused', 'Another transport may do.');
}

/** Two ends of a socket, ours of usocket and one that a program can be given. */
class SocketPair {
  readonly theirs: Socket;
  readonly #ours: Peer;
  readonly #listener: Listener;
  readonly #folder: string;

  private constructor(theirs: Socket, ours: Peer, listener: Listener, folder: string) {
    this.theirs = theirs;
    this.#ours = ours;
    this.#listener = listener;
    this.#folder = folder;
  }

  static async open({ UServer }: SocketPackage): Promise<SocketPair> {
    // Nobody else may look into it.
    const folder = mkdtempSync(join(tmpdir(), 'cabinetfs-'));
    const listener = new UServer();
    try {
      const path = join(folder, 'fuse');
      const listening = once(listener, 'listening');
      listener.listen(path);
      await listening;
      const theirs = connect(path);
      const [[ours]] = await Promise.all([once(listener, 'connection'), once(theirs, 'connect')]);
      return new SocketPair(theirs, ours as Peer, listener, folder);
    } catch (error) {
      listener.close();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Resolves with the first descriptor that comes. */
  async receive(): Promise<number> {
    const received = once(this.#ours, 'fds');
    // It listens only when somebody reads.
    this.#ours.read(0);
    const [fds] = (await received) as [readonly number[]];
    return fds[0] as number;
  }

  close(): void {
    this.theirs.destroy();
    this.#ours.destroy();
    this.#listener.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** No option of ours but the name has a comma or a backslash in it. */
function optionsOf(options: ResolvedMountOptions): string {
  return [
    `subtype=${SUBTYPE}`,
    `fsname=${options.fsName.replace(/[\\,]/g, '\\$&')}`,
    ...(options.readOnly ? ['ro'] : []),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    ...(options.suid ? ['suid'] : []),
    ...(options.dev ? ['dev'] : []),
  ].join(',');
}
