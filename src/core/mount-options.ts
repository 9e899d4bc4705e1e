/** Options of `volume.mount`: effect, unit, default and bounds. docs/mount.md lists the same. */
import {
  choice,
  flag,
  integer,
  invalidOption,
  type OptionRule,
  resolveGroup,
  text,
} from './option-rules.js';

export interface MountOptions {
  /**
   * What answers the kernel: the kernel's own protocol, or the package fuse-native. With 'auto' the
   * kernel's own wherever it can be had.
   * @defaultValue 'auto'
   */
  readonly transport?: 'auto' | 'kernel' | 'fuse-native';
  /** Mount for reading only; changes answer EROFS. @defaultValue false, true when the volume is open for reading only */
  readonly readOnly?: boolean;
  /** Threads that answer the kernel. @defaultValue 2 */
  readonly threads?: number;
  /** Let other users in, too. @defaultValue false */
  readonly allowOther?: boolean;
  /** Let the kernel check modes and owners. @defaultValue true */
  readonly defaultPermissions?: boolean;
  /** Let programs in the mount run with the rights of their owner (setuid, setgid). @defaultValue false */
  readonly suid?: boolean;
  /** Let device nodes in the mount lead to devices. @defaultValue false */
  readonly dev?: boolean;
  /** Mount over a directory that holds something, which is hidden meanwhile. @defaultValue false */
  readonly nonempty?: boolean;
  /**
   * How long the kernel may keep names and attributes without asking again, in milliseconds; what others change is
   * taken back at once.
   * @defaultValue 3,600,000
   */
  readonly cacheMs?: number;
  /**
   * When reading moves a file's access time: as mount(8) has it, or never.
   * @defaultValue 'relatime'
   */
  readonly accessTimes?: 'relatime' | 'noatime';
  /**
   * Let the kernel gather what programs write, and hand it over when a file is closed, at `fsync`, or when
   * it is half a minute old. Small writes become cheap; in return the library and other mounts see them
   * only then, and the length of a file that is known here is the kernel's: it does not notice when others
   * change it. @defaultValue false
   */
  readonly writeback?: boolean;
  /**
   * Commit what programs write a moment later, many writes at a time: when a file is closed or synced, when
   * somebody asks for it, or 50 ms later. If the process that serves the mount is killed in that moment, what no
   * file was closed or synced after is lost. @defaultValue true
   */
  readonly writeBehind?: boolean;
  /**
   * Whom the locks of programs (`flock`, `fcntl`) meet: everybody who uses the volume, or with 'local' the other
   * programs of this mount only. The kernel keeps local ones by itself: a database that locks for each
   * statement is many times as fast. @defaultValue 'shared'
   */
  readonly locks?: 'shared' | 'local';
  /**
   * Tell programs when a file was made (`statx`). The kernel then asks twice for each file that it does not know
   * yet, where a program wants that time: Node's `stat` always does. @defaultValue false
   */
  readonly birthTimes?: boolean;
  /** What `df` and `mount` show as the source. @defaultValue the volume's path */
  readonly fsName?: string;
  /** End the mount on SIGINT, SIGTERM and SIGHUP when nobody else listens for them. @defaultValue true */
  readonly handleSignals?: boolean;
}

export type ResolvedMountOptions = {
  readonly [K in keyof MountOptions]-?: NonNullable<MountOptions[K]>;
};

const HOUR_MS = 3_600_000;
const FS_NAME_BYTES_MAX = 255;
/** Replaced by the volume's path. */
const FS_NAME_OF_VOLUME = "the volume's path";

export const MOUNT_OPTION_RULES: { readonly [K in keyof MountOptions]-?: OptionRule } = {
  transport: choice('auto', 'kernel', 'fuse-native'),
  readOnly: flag(false),
  threads: integer(2, 1, 64),
  allowOther: flag(false),
  defaultPermissions: flag(true),
  suid: flag(false),
  dev: flag(false),
  nonempty: flag(false),
  cacheMs: integer(HOUR_MS, 0, HOUR_MS),
  accessTimes: choice('relatime', 'noatime'),
  writeback: flag(false),
  writeBehind: flag(true),
  locks: choice('shared', 'local'),
  birthTimes: flag(false),
  fsName: text(FS_NAME_OF_VOLUME),
  handleSignals: flag(true),
};

// `mount` looks for a disk with such a label.
const IS_TAG = /^(LABEL|UUID|PARTLABEL|PARTUUID|ID)=/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be in a name.
const CONTROL = /[\x00-\x1f\x7f]/;

/** Validates `options` and fills in the defaults. ERR_OPTION_UNKNOWN, ERR_OPTION_INVALID. */
export function resolveMountOptions(
  options: MountOptions,
  volume: { readonly path: string; readonly isReadOnly: boolean },
): ResolvedMountOptions {
  const resolved = resolveGroup(options, MOUNT_OPTION_RULES) as unknown as ResolvedMountOptions;
  return {
    ...resolved,
    readOnly: resolved.readOnly || volume.isReadOnly,
    fsName: options.fsName === undefined ? fsNameOf(volume.path) : checkFsName(options.fsName),
  };
}

/** Only for people to look at: what does not fit is cut. */
function fsNameOf(path: string): string {
  const shown = path.replace(new RegExp(CONTROL, 'g'), '?');
  return Buffer.byteLength(shown) <= FS_NAME_BYTES_MAX ? shown : 'cabinetfs';
}

function checkFsName(name: string): string {
  const isTooLong = Buffer.byteLength(name) > FS_NAME_BYTES_MAX;
  if (isTooLong || CONTROL.test(name) || IS_TAG.test(name)) {
    throw invalidOption(
      'fsName',
      name,
      `a name of at most ${FS_NAME_BYTES_MAX} bytes without control characters, and not LABEL=…`,
    );
  }
  return name;
}
