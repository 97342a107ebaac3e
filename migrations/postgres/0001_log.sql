-- What came in, and which tickets it was about. Times are UTC milliseconds; JSON is TEXT.

CREATE TABLE deliveries (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    origin TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA,
    PRIMARY KEY (source, key)
);

CREATE INDEX deliveries_raw ON deliveries (received_at) WHERE body IS NOT NULL;

-- `created` is null while the ticket's creation is unknown: such a ticket counts nowhere.
CREATE TABLE tickets (
    no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT NOT NULL,
    id TEXT NOT NULL,
    first_ts BIGINT,
    last_ts BIGINT,
    created BIGINT,
    subject TEXT,
    url TEXT,
    status TEXT,
    priority TEXT,
    team TEXT,
    agent TEXT,
    UNIQUE (id, source)
);

CREATE INDEX tickets_span ON tickets (last_ts, first_ts);

-- `ticket` is null for facts about people, money and queues.
CREATE TABLE events (
    source TEXT NOT NULL,
    event_id TEXT NOT NULL,
    ticket BIGINT,
    ts BIGINT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, event_id)
);

CREATE INDEX events_ticket ON events (ticket, ts) WHERE ticket IS NOT NULL;

-- One row a source: what it has sent so far.
CREATE TABLE feeds (
    source TEXT PRIMARY KEY,
    events BIGINT NOT NULL,
    oldest BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
