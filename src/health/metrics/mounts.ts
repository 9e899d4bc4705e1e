/** Mounts of the volume by this process; none in other threads than the one that opened it. */
import { counter, type FamilyDefinition, gauge } from './family.js';

export const MOUNT_FAMILIES: readonly FamilyDefinition[] = [
  gauge(
    'cabinetfs_mounts',
    'Directories at which this process serves the volume.',
    ({ told }) => told().mounts?.().mounts,
  ),
  counter(
    'cabinetfs_mount_requests_total',
    'Requests of the kernel that mounts have answered.',
    ({ told }) => told().mounts?.().requests,
  ),
  counter(
    'cabinetfs_mount_errors_total',
    'Requests that were answered with EIO for a reason that has no errno.',
    ({ told }) => told().mounts?.().errors,
  ),
  gauge(
    'cabinetfs_mount_pending_bytes',
    'Bytes that programs have written through mounts and that are not committed yet.',
    ({ told }) => told().mounts?.().pendingBytes,
  ),
  counter(
    'cabinetfs_mount_failed_writes_total',
    'Writes of programs that a mount had taken and that could not be committed.',
    ({ told }) => told().mounts?.().failedWrites,
  ),
];
