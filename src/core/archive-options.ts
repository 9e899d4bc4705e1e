/** Option group `archive`: a continuous archive, from which any retained moment can be restored. */
import { integer, type OptionRule, text } from './option-rules.js';

export interface ArchiveOptions {
  /** Directory of the archive; it is made when it is missing. Must be given. */
  readonly dir: string;
  /** Longest time until a commit is in the archive, in seconds. @defaultValue 5 */
  readonly everySeconds?: number;
  /** Time after which a new copy of the whole volume is made, in seconds. @defaultValue 86400 */
  readonly baseEverySeconds?: number;
  /** How far back every moment can be restored, in seconds. @defaultValue 604800 */
  readonly keepSeconds?: number;
  /** Size of the log, in bytes, at which an archive that cannot be written gives up keeping it. @defaultValue 1073741824 */
  readonly walBytesMax?: number;
}

const SECONDS_MAX = 3_155_760_000;
const EVERY_SECONDS_MAX = 86_400;
const MIB = 1024 * 1024;

export const ARCHIVE_RULES: { readonly [K in keyof ArchiveOptions]-?: OptionRule } = {
  dir: text(),
  everySeconds: integer(5, 1, EVERY_SECONDS_MAX),
  baseEverySeconds: integer(86_400, 1, SECONDS_MAX),
  keepSeconds: integer(604_800, 0, SECONDS_MAX),
  walBytesMax: integer(1024 * MIB, MIB, Number.MAX_SAFE_INTEGER),
};
