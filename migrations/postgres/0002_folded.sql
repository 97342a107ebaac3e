-- What folding the tickets yields; all of it can be computed again from the events.

-- `day` is the UTC day of `at`, counted from 1970: a day's samples are read as one row.
-- `ending` is null for instants and the largest integer for spans that last.
CREATE TABLE samples (
    ticket BIGINT NOT NULL,
    n BIGINT NOT NULL,
    kind TEXT NOT NULL,
    day BIGINT NOT NULL,
    at BIGINT NOT NULL,
    ending BIGINT,
    body TEXT NOT NULL,
    PRIMARY KEY (ticket, n)
);

CREATE INDEX samples_day ON samples (kind, day, at);
CREATE INDEX samples_ending ON samples (kind, ending, at) WHERE ending > at;

-- What must happen unless something changes. state: pending, rung, silent (overdue when it was imported).
CREATE TABLE timers (
    ticket BIGINT NOT NULL,
    target TEXT NOT NULL,
    cycle BIGINT NOT NULL,
    kind TEXT NOT NULL,
    rings_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket, target, cycle, kind)
);

CREATE INDEX timers_due ON timers (rings_at) WHERE state = 'pending';

-- Every word seen: values of dimensions and types of events. For suggestions; never a source of numbers.
CREATE TABLE vocabulary (
    topic TEXT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (topic, word)
);
