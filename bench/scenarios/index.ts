/** Every scenario, in the order they run. */
import type { Scenario } from '../harness/scenario.js';
import { archiveScenario } from './archive.js';
import { backupScenario } from './backup.js';
import { callersScenario } from './callers.js';
import { copyFileScenario } from './copy-file.js';
import { depthScenario } from './depth.js';
import { diskSizeScenario } from './disk-size.js';
import { eventLoopScenario } from './event-loop.js';
import { gitScenario } from './git.js';
import { growthScenario } from './growth.js';
import { healthLatencyScenario } from './health-latency.js';
import { httpScenario } from './http.js';
import { importExportScenario } from './import-export.js';
import { listNamesScenario } from './list-names.js';
import { locksScenario } from './locks.js';
import { memoryScenario } from './memory.js';
import { metricsCostScenario } from './metrics-cost.js';
import { mountScenario } from './mount.js';
import { mountDatabasesScenario } from './mount-databases.js';
import { mountNativeScenario } from './mount-native.js';
import { mountProgramsScenario } from './mount-programs.js';
import { mountScalingScenario } from './mount-scaling.js';
import { pageSizeScenario } from './page-size.js';
import { peersScenario } from './peers.js';
import { randomAccessScenario } from './random-access.js';
import { readFileScenario } from './read-file.js';
import { readLatencyScenario } from './read-latency.js';
import { readdirScenario } from './readdir.js';
import { reapScenario } from './reap.js';
import { removeTreeScenario } from './remove-tree.js';
import { renameScenario } from './rename.js';
import { renameDirectoryScenario } from './rename-directory.js';
import { stagesScenario } from './stages.js';
import { startScenario } from './start.js';
import { statScenario } from './stat.js';
import { streamScenario } from './stream.js';
import { styleStreamScenario } from './style-stream.js';
import { syncArgumentsScenario } from './sync-arguments.js';
import { syncReadScenario } from './sync-read.js';
import { syncWriteScenario } from './sync-write.js';
import { threadsScenario } from './threads.js';
import { unlinkScenario } from './unlink.js';
import { upkeepScenario } from './upkeep.js';
import { volumeSizeScenario } from './volume-size.js';
import { watchScenario } from './watch.js';
import { writeFileScenario } from './write-file.js';

export const SCENARIOS: readonly Scenario[] = [
  writeFileScenario,
  callersScenario,
  stagesScenario,
  readFileScenario,
  statScenario,
  readdirScenario,
  streamScenario,
  syncReadScenario,
  syncWriteScenario,
  syncArgumentsScenario,
  styleStreamScenario,
  pageSizeScenario,
  randomAccessScenario,
  importExportScenario,
  growthScenario,
  volumeSizeScenario,
  listNamesScenario,
  peersScenario,
  startScenario,
  depthScenario,
  threadsScenario,
  eventLoopScenario,
  readLatencyScenario,
  renameScenario,
  unlinkScenario,
  removeTreeScenario,
  reapScenario,
  renameDirectoryScenario,
  copyFileScenario,
  gitScenario,
  locksScenario,
  diskSizeScenario,
  memoryScenario,
  watchScenario,
  upkeepScenario,
  httpScenario,
  healthLatencyScenario,
  metricsCostScenario,
  backupScenario,
  archiveScenario,
  mountScenario,
  mountProgramsScenario,
  mountDatabasesScenario,
  mountScalingScenario,
  mountNativeScenario,
];
