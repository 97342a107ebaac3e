-- The living message about a promise, one for each place it is told in. `started` is when the demand began as far as was
-- known when the card was; `kind`, `due` and `mention` are those of the alert
-- that was its first message, which left at `sent_at`. `shown` is a digest of what it says; `due_at` is when to look at
-- the truth again, null when nothing will change it but an event; `version` grows whenever that may have happened.
-- state: live, again (deleted, and posted anew once), gone (left alone; then there is no platform_id).
CREATE TABLE cards (
    ticket BIGINT NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    started BIGINT NOT NULL,
    destination TEXT NOT NULL,
    platform TEXT NOT NULL,
    kind TEXT NOT NULL,
    due BIGINT NOT NULL,
    mention TEXT,
    sent_at BIGINT NOT NULL,
    platform_id TEXT,
    state TEXT NOT NULL,
    shown TEXT NOT NULL,
    due_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (ticket, target, started, destination)
);

CREATE INDEX cards_due ON cards (platform, due_at) WHERE due_at IS NOT NULL;
