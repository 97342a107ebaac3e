-- Every event belongs to a thread now: the row of `tickets` it is folded in, of which those without a ticket have an id
-- that no ticket can have, and no `created`. Events stored before that are found by this index and given theirs.
CREATE INDEX events_unthreaded ON events (source, event_id) WHERE ticket IS NULL;

-- What sources have shown to deliver, and the time of the oldest event that shows it.
CREATE TABLE seen (
    need TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);

-- The types of events are no longer words of the vocabulary.
DELETE FROM vocabulary WHERE topic = 'type';
