-- Content carries CRC-32C instead of CRC-32: over a chunk of 64 KiB it finds every error of three bits, which the
-- other does up to 11 KiB. docs/decisions/0033 has the reasons and the costs.
--
-- Every checksum is compared and made anew, for which all content is read once. Of a row that is as long as before SQLite
-- writes the pages that differ: the first of each blob. What was damaged is damaged still: it gets a wrong
-- checksum (src/sqlite/sum-functions.ts). What is no blob any more, which SQLite would refuse to write, keeps its row. A page
-- that cannot be read fails the step.

ALTER TABLE blob RENAME COLUMN crc32 TO crc32c;
ALTER TABLE inode RENAME COLUMN inline_crc32 TO inline_crc32c;

UPDATE blob SET crc32c = cabinet_crc32c_for(data, crc32c) WHERE typeof(data) = 'blob';

-- A row with a wrong sum would get a right one by being changed. It stays as it is, and its content counts as damaged, too.
UPDATE inode SET inline_crc32c = cabinet_crc32c_for(inline, inline_crc32c)
WHERE typeof(inline) = 'blob' AND inline_crc32c IS NOT NULL AND sound;
