/**
 * All checks, in the order in which a repair needs them: first what others rely on (types, entries),
 * then the tree, then content. Numbers follow the documentation, not this order.
 */
import type { Check } from './finding.js';
import { attributes } from './rules/attributes.js';
import { blobLengths } from './rules/blob-lengths.js';
import { checksums } from './rules/checksums.js';
import { chunkCounts } from './rules/chunk-counts.js';
import { contentOwners } from './rules/content-owners.js';
import { directoryNames } from './rules/directory-names.js';
import { entries } from './rules/entries.js';
import { facts } from './rules/facts.js';
import { inlineContent } from './rules/inline-content.js';
import { linkCounts } from './rules/link-counts.js';
import { locks } from './rules/locks.js';
import { lostBlobs } from './rules/lost-blobs.js';
import { modes } from './rules/modes.js';
import { names } from './rules/names.js';
import { orphans } from './rules/orphans.js';
import { reachability } from './rules/reachability.js';
import { root } from './rules/root.js';
import { rowSums } from './rules/row-sums.js';
import { schema } from './rules/schema.js';
import { sequences } from './rules/sequences.js';
import { sessions } from './rules/sessions.js';
import { shares } from './rules/shares.js';
import { sizes } from './rules/sizes.js';
import { storage } from './rules/storage.js';
import { symlinks } from './rules/symlinks.js';
import { unreferencedBlobs } from './rules/unreferenced-blobs.js';
import { xattrs } from './rules/xattrs.js';

/** What must hold before a repair may write anything. */
export const FOUNDATION_CHECKS: readonly Check[] = [storage, schema, facts];

/** What a repair can put right. A repair changes rows, which gives them new sums: those are looked at before. Shares are counted before content is cut, which relies on them. */
export const ROW_CHECKS: readonly Check[] = [
  rowSums,
  root,
  modes,
  entries,
  names,
  directoryNames,
  orphans,
  reachability,
  linkCounts,
  attributes,
  contentOwners,
  lostBlobs,
  shares,
  unreferencedBlobs,
  blobLengths,
  inlineContent,
  sizes,
  chunkCounts,
  symlinks,
  xattrs,
  sessions,
  locks,
  sequences,
];

/** What reads every byte. */
export const CONTENT_CHECKS: readonly Check[] = [checksums];
