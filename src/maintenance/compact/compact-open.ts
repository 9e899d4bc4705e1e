/**
 * Compaction of a volume that is in use: free pages go back in slices, between which everybody else has
 * a turn. The caller's thread asks for one slice after the other, so that an abort ends it at once.
 */
import { AbortError } from '../../core/abort.js';
import { VolumeError } from '../../core/errors.js';
import type { CheckpointMode } from '../../sqlite/wal.js';
import type { VacuumSlice } from '../../writer/vacuum.js';
import { type CompactOptions, type CompactResult, checkCompactOptions } from './compact-options.js';
import { recordOf } from './compact-record.js';

/** The way to the writer. */
export interface CompactingClient {
  control(
    control:
      | { readonly type: 'vacuum'; readonly pagesMax: number }
      | { readonly type: 'checkpoint'; readonly mode: CheckpointMode }
      | { readonly type: 'record'; readonly entry: ReturnType<typeof recordOf> },
  ): Promise<unknown>;
}

export interface CompactTarget {
  readonly path: string;
  readonly client: CompactingClient;
}

/** Gives free pages back until none are left, or `pagesMax` have been. */
export async function compactOpenVolume(
  { path, client }: CompactTarget,
  options: CompactOptions = {},
): Promise<CompactResult> {
  checkCompactOptions(options);
  if (options.full === true) throw refuseFull(path);
  const startedMs = Date.now();
  const { first, last, freedPages } = await slices(client, options);
  // The file gets shorter when the log has been moved; a reader may put that off.
  await client.control({ type: 'checkpoint', mode: 'truncate' });
  const result = resultOf(first, last, freedPages, startedMs);
  await client.control({ type: 'record', entry: recordOf(result, startedMs, 'call') });
  return result;
}

function refuseFull(path: string): VolumeError {
  return new VolumeError(
    'ERR_COMPACTION_REFUSED',
    `'${path}' is open: as a whole it can only be compacted while nobody has it open.`,
    {
      path,
      hint: 'Close it and call `compactVolume(path, { full: true })`, or run `cabinet compact --full`.',
    },
  );
}

interface Slices {
  readonly first: VacuumSlice;
  readonly last: VacuumSlice;
  readonly freedPages: number;
}

async function slices(client: CompactingClient, options: CompactOptions): Promise<Slices> {
  const { pagesMax = Number.MAX_SAFE_INTEGER, onProgress, signal } = options;
  let first: VacuumSlice | undefined;
  let freedPages = 0;
  for (;;) {
    if (signal?.aborted) throw new AbortError(signal.reason);
    const left = pagesMax - freedPages;
    const slice = (await client.control({ type: 'vacuum', pagesMax: left })) as VacuumSlice;
    first ??= slice;
    freedPages += slice.freedPages;
    const total = Math.min(pagesMax, freedPages + slice.freePages);
    onProgress?.({ phase: 'slices', done: freedPages, total });
    // Others may have used what was free.
    if (slice.freedPages === 0 || slice.freePages === 0 || freedPages >= pagesMax) {
      return { first, last: slice, freedPages };
    }
  }
}

function resultOf(
  first: VacuumSlice,
  last: VacuumSlice,
  freedPages: number,
  startedMs: number,
): CompactResult {
  const { pageSizeBytes } = last;
  return {
    full: false,
    bytesBefore: (first.pages + first.freedPages) * pageSizeBytes,
    bytesAfter: last.pages * pageSizeBytes,
    freedBytes: freedPages * pageSizeBytes,
    freedPages,
    durationMs: Date.now() - startedMs,
  };
}
