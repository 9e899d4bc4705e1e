-- What operators need: commits have numbers, and the volume remembers what was done for its upkeep.

-- meta.next_commit: first commit number that no process has reserved. A process reserves numbers in
-- blocks, and a new block as soon as another process has committed, so that numbers grow in the order
-- of the commits, over all processes. After a clean close it is one more than the last commit's.
INSERT INTO meta (key, value) VALUES ('next_commit', 1);

-- maintenance: what was done for the upkeep of the volume, and how it ended. Health and the status page
-- read it. The newest 64 of a kind are kept.
--   kind        'check', 'backup', 'archive', 'compact', 'restore'
--   started_at, ended_at  ns
--   ok          1: done, and for a check: nothing was found; 0: failed, or problems were found
--   detail      JSON object; what is in it depends on the kind (docs/format.md)
CREATE TABLE maintenance (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at   INTEGER NOT NULL,
  ok         INTEGER NOT NULL CHECK (ok IN (0, 1)),
  detail     TEXT    NOT NULL CHECK (json_valid(detail))
) STRICT;
CREATE INDEX maintenance_kind ON maintenance (kind, id);
