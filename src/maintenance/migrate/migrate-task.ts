/** Task of a thread: migrates a volume on a connection of its own, and tells how far it is. */
import { resolveOptions } from '../../core/options.js';
import {
  answerTask,
  type TaskAnswer,
  type TaskControl,
  type TaskRequest,
} from '../../readers/task.js';
import type { MigrationReport, MigrationStep } from '../../schema/migrate.js';
import { prepareVolume } from '../../writer/prepare.js';
import { removeLeftovers } from '../swap/partial-files.js';

export interface MigrateInput {
  readonly path: string;
  readonly safetyCopy: boolean;
  readonly cacheBytes: number;
}

export type MigrateReport =
  | { readonly phase: 'copy'; readonly temporary: string; readonly total: number }
  | ({ readonly phase: 'step' } & MigrationStep);

export default function migrate(request: TaskRequest<MigrateInput>): TaskAnswer<MigrationReport> {
  return answerTask(request, migrateFile);
}

function migrateFile(input: MigrateInput, control: TaskControl): MigrationReport {
  const { path, safetyCopy, cacheBytes } = input;
  const options = resolveOptions({ create: false, safetyCopy });
  const report = (progress: MigrateReport): void => {
    control.throwIfCancelled();
    control.report(progress, true);
  };
  const { connection, migrations } = prepareVolume(
    path,
    options,
    { role: 'writer', cacheBytes, busyTimeoutMs: options.busyTimeoutMs },
    false,
    {
      onCopy: (temporary, total) => report({ phase: 'copy', temporary, total }),
      onStep: (step) => report({ phase: 'step', ...step }),
    },
  );
  connection.close();
  removeLeftovers(path);
  return migrations;
}
