-- How many events of a source happened in each stretch of ten minutes, counted from 1970: what is normal for it.
CREATE TABLE rhythm (
    source TEXT NOT NULL,
    slot INTEGER NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (source, slot)
) STRICT, WITHOUT ROWID;

-- Which sources were said to be silent, and since when.
CREATE TABLE silences (
    source TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    told_at INTEGER NOT NULL
) STRICT;

INSERT INTO rhythm (source, slot, events)
SELECT source, ts / 600000, count(*) FROM events WHERE ts > (SELECT coalesce(max(ts), 0) FROM events) - 3024000000
GROUP BY source, ts / 600000;
