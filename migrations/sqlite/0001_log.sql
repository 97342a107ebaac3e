-- What came in, and which tickets it was about. Times are UTC milliseconds; JSON is TEXT.

CREATE TABLE deliveries (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    origin TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB,
    PRIMARY KEY (source, key)
) STRICT;

CREATE INDEX deliveries_raw ON deliveries (received_at) WHERE body IS NOT NULL;

-- `created` is null while the ticket's creation is unknown: such a ticket counts nowhere.
CREATE TABLE tickets (
    no INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    first_ts INTEGER,
    last_ts INTEGER,
    created INTEGER,
    subject TEXT,
    url TEXT,
    status TEXT,
    priority TEXT,
    team TEXT,
    agent TEXT,
    UNIQUE (id, source)
) STRICT;

CREATE INDEX tickets_span ON tickets (last_ts, first_ts);

-- `ticket` is null for facts about people, money and queues.
CREATE TABLE events (
    source TEXT NOT NULL,
    event_id TEXT NOT NULL,
    ticket INTEGER,
    ts INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, event_id)
) STRICT;

CREATE INDEX events_ticket ON events (ticket, ts) WHERE ticket IS NOT NULL;

-- One row a source: what it has sent so far.
CREATE TABLE feeds (
    source TEXT PRIMARY KEY,
    events INTEGER NOT NULL,
    oldest INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;
