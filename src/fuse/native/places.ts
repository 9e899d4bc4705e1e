/** From paths, as libfuse has them, to the places of names. */
import { errno } from '../../core/errno.js';
import { isDirectory } from '../../core/mode.js';
import { checkName } from '../../core/path.js';
import type { EntryPlace } from '../../ops/entries.js';
import type { NativeSession } from './native-session.js';

/** What fuse-native makes of bytes that are not valid UTF-8. */
const REPLACEMENT = '\ufffd';

/** A name that is to be there already. The kernel has just asked for its directory. */
export function oldPlace(session: NativeSession, path: string): EntryPlace {
  const end = path.lastIndexOf('/');
  const name = path.slice(end + 1);
  // The root has none.
  if (name === '') throw errno('EBUSY');
  checkName(name);
  const directory = session.find(path.slice(0, end) || '/');
  if (!isDirectory(directory.mode)) throw errno('ENOTDIR');
  return { parent: directory.ino, name };
}

/** A name to be; EILSEQ for one that may not have been valid UTF-8. */
export function newPlace(session: NativeSession, path: string): EntryPlace {
  const place = oldPlace(session, path);
  checkText(place.name);
  return place;
}

export function checkText(text: string): void {
  if (text.includes(REPLACEMENT)) throw errno('EILSEQ');
}
