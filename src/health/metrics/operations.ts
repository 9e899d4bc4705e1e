/** What callers ask for: operations of all threads by kind, their results, how long they take. */
import { OPERATION_KINDS, OPERATION_RESULTS } from '../../core/operation-kinds.js';
import { addReadings } from '../../core/shared-histogram.js';
import type { ThreadBoard } from '../../core/thread-board.js';
import { counter, type FamilyDefinition, histogramSamples, type Sample } from './family.js';

function countOf(threads: ThreadBoard, kind: number, result: number): number {
  let count = 0;
  for (const slot of threads.slots) count += slot.countOf(kind, result);
  return count;
}

/** Kinds and results that have occurred. */
function operationCounts(threads: ThreadBoard): Sample[] {
  return OPERATION_KINDS.flatMap((kind, kindNumber) =>
    OPERATION_RESULTS.flatMap((result, resultNumber) => {
      const value = countOf(threads, kindNumber, resultNumber);
      return value === 0 ? [] : [{ value, labels: { kind, result } }];
    }),
  );
}

function hasOccurred(threads: ThreadBoard, kind: number): boolean {
  return OPERATION_RESULTS.some((_, result) => countOf(threads, kind, result) > 0);
}

function operationDurations(name: string, threads: ThreadBoard): Sample[] {
  return OPERATION_KINDS.flatMap((kind, number) => {
    if (!hasOccurred(threads, number)) return [];
    const reading = addReadings(threads.slots.map((slot) => slot.durations(number)));
    return histogramSamples(name, reading, { kind });
  });
}

const DURATIONS = 'cabinetfs_operation_duration_seconds';

export const OPERATION_FAMILIES: readonly FamilyDefinition[] = [
  {
    name: 'cabinetfs_operations_total',
    help: 'Operations by kind and by the class of their result.',
    type: 'counter',
    labels: ['kind', 'result'],
    read: ({ threads }) => operationCounts(threads),
  },
  {
    name: DURATIONS,
    help: 'How long operations take: all writes, from the call to the answer, and one in 13 reads.',
    type: 'histogram',
    labels: ['kind'],
    read: ({ threads }) => operationDurations(DURATIONS, threads),
  },
  counter('cabinetfs_read_bytes_total', 'Bytes of file content that were read.', ({ threads }) => {
    let bytes = 0;
    for (const { readBytes } of threads.slots) bytes += readBytes[0] as number;
    return bytes;
  }),
  counter(
    'cabinetfs_damaged_reads_total',
    'Reads that were answered with EIO because what the volume holds is damaged.',
    ({ threads }) => {
      let reads = 0;
      for (const { damage } of threads.slots) reads += damage[0] as number;
      return reads;
    },
  ),
  counter(
    'cabinetfs_written_bytes_total',
    'Bytes of file content that were written, of writes that succeeded.',
    ({ writer }) => writer?.gauges.get('writtenBytes'),
  ),
];
