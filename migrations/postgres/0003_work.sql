-- What Deskbell has done and has yet to do.

CREATE TABLE alerts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket BIGINT NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    cycle BIGINT NOT NULL,
    kind TEXT NOT NULL,
    due BIGINT NOT NULL,
    rung_at BIGINT NOT NULL,
    UNIQUE (ticket, target, cycle, kind)
);

CREATE INDEX alerts_rung_at ON alerts (rung_at);

-- state: due, sending, sent, parked, dropped. While sending, due_at is the end of the sender's lease.
CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    destination TEXT NOT NULL,
    platform TEXT NOT NULL,
    body TEXT NOT NULL,
    priority BIGINT NOT NULL,
    state TEXT NOT NULL DEFAULT 'due',
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    fate_unknown BIGINT NOT NULL DEFAULT 0,
    platform_id TEXT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT
);

CREATE INDEX outbox_open ON outbox (due_at) WHERE state IN ('due', 'sending');
CREATE INDEX outbox_destination ON outbox (destination) WHERE state IN ('due', 'sending');

CREATE TABLE digest_slots (
    digest TEXT NOT NULL,
    destination TEXT NOT NULL,
    slot TEXT NOT NULL,
    at BIGINT NOT NULL,
    claimed_at BIGINT NOT NULL,
    PRIMARY KEY (digest, destination, slot)
);

CREATE TABLE quarantine (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BYTEA NOT NULL,
    received_at BIGINT NOT NULL
);

CREATE TABLE interactions (
    id TEXT PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE marks (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
