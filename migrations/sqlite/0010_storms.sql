-- Alerts told together: too many for one place within a minute (storm), or held in quiet hours (quiet). One message with
-- a table. `threshold` is how many may be told one by one; `shown…` is what its message said last, and when; `due_at` is
-- when to look at it again, null when nothing will change it but an event, and never sooner than `pace_ms` after it was
-- shown; `version` grows whenever what it says may have changed. `again` once it was deleted and posted anew.
-- state: gathering, living (takes no more alerts), over, moved (a newer one took over what was open).
CREATE TABLE alert_groups (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    platform TEXT NOT NULL,
    state TEXT NOT NULL,
    threshold INTEGER NOT NULL,
    pace_ms INTEGER NOT NULL,
    began INTEGER NOT NULL,
    platform_id TEXT,
    again INTEGER NOT NULL DEFAULT 0,
    shown TEXT NOT NULL DEFAULT '',
    shown_at INTEGER,
    shown_total INTEGER NOT NULL DEFAULT 0,
    shown_settled INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE UNIQUE INDEX alert_groups_gathering ON alert_groups (destination, kind) WHERE state = 'gathering';
CREATE INDEX alert_groups_due ON alert_groups (platform, due_at) WHERE due_at IS NOT NULL;

-- A promise in a group. `kind`, `due` and `mention` are those of its latest alert, which came at `joined_at`; `outcome` is
-- kept, late or void once it has ended.
CREATE TABLE alert_group_promises (
    alert_group INTEGER NOT NULL REFERENCES alert_groups (id),
    ticket INTEGER NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    started INTEGER NOT NULL,
    kind TEXT NOT NULL,
    due INTEGER NOT NULL,
    mention TEXT,
    joined_at INTEGER NOT NULL,
    outcome TEXT,
    PRIMARY KEY (alert_group, ticket, target, started)
) STRICT, WITHOUT ROWID;

CREATE INDEX alert_group_promises_ticket ON alert_group_promises (ticket);

-- `storm_over` is how many alerts may go one by one; null for what is no alert. Two more states: grouped (told by the table of
-- `alert_group`, which took it over at `sent_at`), held (to be told by it when quiet hours end; grouped then too).
ALTER TABLE outbox ADD COLUMN storm_over INTEGER;
ALTER TABLE outbox ADD COLUMN alert_group INTEGER;

CREATE INDEX outbox_heard ON outbox (destination, sent_at) WHERE storm_over IS NOT NULL AND state IN ('sent', 'grouped');
CREATE INDEX outbox_group ON outbox (alert_group) WHERE alert_group IS NOT NULL;
