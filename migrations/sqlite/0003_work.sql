-- What Deskbell has done and has yet to do.

CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    kind TEXT NOT NULL,
    due INTEGER NOT NULL,
    rung_at INTEGER NOT NULL,
    UNIQUE (ticket, target, cycle, kind)
) STRICT;

CREATE INDEX alerts_rung_at ON alerts (rung_at);

-- state: due, sending, sent, parked, dropped. While sending, due_at is the end of the sender's lease.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    destination TEXT NOT NULL,
    platform TEXT NOT NULL,
    body TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'due',
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    fate_unknown INTEGER NOT NULL DEFAULT 0,
    platform_id TEXT,
    last_error TEXT,
    created_at INTEGER NOT NULL,
    sent_at INTEGER
) STRICT;

CREATE INDEX outbox_open ON outbox (due_at) WHERE state IN ('due', 'sending');
CREATE INDEX outbox_destination ON outbox (destination) WHERE state IN ('due', 'sending');

CREATE TABLE digest_slots (
    digest TEXT NOT NULL,
    destination TEXT NOT NULL,
    slot TEXT NOT NULL,
    at INTEGER NOT NULL,
    claimed_at INTEGER NOT NULL,
    PRIMARY KEY (digest, destination, slot)
) STRICT;

CREATE TABLE quarantine (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

CREATE TABLE interactions (
    id TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT;

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
) STRICT;

CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
