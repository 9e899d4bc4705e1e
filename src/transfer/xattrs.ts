/**
 * Extended attributes of the host's files, through the optional package `fs-xattr` (a compiled one,
 * which some systems cannot install). Only `user.*`: the other kinds belong to the host.
 */

export type XattrList = readonly (readonly [name: string, value: Uint8Array])[];

interface XattrPackage {
  listAttributesSync(path: string): string[];
  getAttributeSync(path: string, name: string): Buffer;
  setAttributeSync(path: string, name: string, value: Buffer): void;
}

const CARRIED_PREFIX = 'user.';
const NONE: XattrList = [];

export function isCarriedXattr(name: string): boolean {
  return name.startsWith(CARRIED_PREFIX) && name.length > CARRIED_PREFIX.length;
}

export class HostXattrs {
  readonly #package: XattrPackage;

  constructor(xattrPackage: XattrPackage) {
    this.#package = xattrPackage;
  }

  /** All carried attributes; none on a filesystem that has no attributes. */
  read(path: string): XattrList {
    const names = this.#list(path);
    if (names.length === 0) return NONE;
    return names
      .filter(isCarriedXattr)
      .map((name) => [name, this.#package.getAttributeSync(path, name)] as const);
  }

  #list(path: string): string[] {
    try {
      return this.#package.listAttributesSync(path);
    } catch (error) {
      if (isUnsupported(error)) return [];
      throw error;
    }
  }

  /**
   * False when the filesystem has no attributes. Of those that a volume has, others than `user.*` would
   * give a file rights on this host that its maker need not have here.
   */
  write(path: string, xattrs: XattrList): boolean {
    try {
      for (const [name, value] of xattrs) {
        if (!isCarriedXattr(name) || name.includes('\0')) continue;
        this.#package.setAttributeSync(path, name, Buffer.from(value));
      }
      return true;
    } catch (error) {
      if (isUnsupported(error)) return false;
      throw error;
    }
  }
}

/** No attributes there, or none so long or so many: a volume may hold more than ext4 does. */
const UNSUPPORTED = ['ENOTSUP', 'EOPNOTSUPP', 'E2BIG', 'ENOSPC', 'ERANGE'];

function isUnsupported(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return UNSUPPORTED.includes(String(code));
}

// A variable, so that the compiler does not insist on a package that may be absent.
const PACKAGE_NAME: string = 'fs-xattr';

export const NO_XATTR_PACKAGE =
  'Extended attributes are not carried: the optional package fs-xattr is not installed.';

/** The way to attributes, or undefined where the package is not installed. */
export async function loadHostXattrs(): Promise<HostXattrs | undefined> {
  try {
    return new HostXattrs((await import(PACKAGE_NAME)) as XattrPackage);
  } catch {
    return undefined;
  }
}
