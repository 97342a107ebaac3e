-- What tickets contribute, packed: all samples of a kind that lie in one slot, as one row.

-- A slot is a day or a midnight on a line: day d (UTC, counted from 1970) is 2d + 1, the midnight before it 2d.
-- Instants, and spans within a day, lie in the slot of their day; spans that cross midnights in that of the midnight
-- whose number has the most trailing zero bits; spans that last in the slot of the largest integer.
DROP INDEX samples_day;
DROP INDEX samples_ending;
ALTER TABLE samples ADD COLUMN slot INTEGER NOT NULL DEFAULT 0;
UPDATE samples SET slot = CASE
    WHEN ending IS NULL THEN 2 * day + 1
    WHEN ending = 9223372036854775807 THEN ending
    WHEN ending / 86400000 = day THEN 2 * day + 1
    ELSE (
        -- The bits in which first and last place differ, with ever more of what is below the highest filled up.
        SELECT last & (~((x | (x >> 16)) >> 1))
        FROM (SELECT last, x | (x >> 8) AS x
        FROM (SELECT last, x | (x >> 4) AS x
        FROM (SELECT last, x | (x >> 2) AS x
        FROM (SELECT last, x | (x >> 1) AS x
        FROM (SELECT last, (first | last) - (first & last) AS x
        FROM (SELECT 2 * day + 1 AS first, 2 * (ending / 86400000) + 1 AS last) a) b) c) d) e) f
    ) END;
ALTER TABLE samples DROP COLUMN day;
ALTER TABLE samples DROP COLUMN at;
ALTER TABLE samples DROP COLUMN ending;
CREATE INDEX samples_slot ON samples (kind, slot, ticket);

-- `layout` says how `body` is packed, 0 that it is yet to be: then the rows of `samples` hold. `version` grows with
-- every change of `body`.
CREATE TABLE segments (
    kind TEXT NOT NULL,
    slot INTEGER NOT NULL,
    version INTEGER NOT NULL,
    layout INTEGER NOT NULL,
    body BLOB,
    PRIMARY KEY (kind, slot)
) STRICT;

INSERT INTO segments (kind, slot, version, layout) SELECT DISTINCT kind, slot, 0, 0 FROM samples;

-- The tickets whose samples in a slot are no longer what its segment says. `stamp` changes whenever they do again.
CREATE TABLE segment_changes (
    kind TEXT NOT NULL,
    slot INTEGER NOT NULL,
    ticket INTEGER NOT NULL,
    stamp INTEGER NOT NULL,
    PRIMARY KEY (kind, slot, ticket)
) STRICT, WITHOUT ROWID;

-- The dictionary of the segments: it only grows, so that a number keeps its meaning. The members of a set are numbers
-- of words, in their order, with a space between.
CREATE TABLE words (
    no INTEGER PRIMARY KEY,
    word TEXT NOT NULL
) STRICT;

CREATE TABLE word_sets (
    no INTEGER PRIMARY KEY,
    members TEXT NOT NULL
) STRICT;
