-- Alerts told together: too many for one place within a minute (storm), or held in quiet hours (quiet). One message with
-- a table. `threshold` is how many may be told one by one; `shown…` is what its message said last, and when; `due_at` is
-- when to look at it again, null when nothing will change it but an event, and never sooner than `pace_ms` after it was
-- shown; `version` grows whenever what it says may have changed. `again` once it was deleted and posted anew.
-- state: gathering, living (takes no more alerts), over, moved (a newer one took over what was open).
CREATE TABLE alert_groups (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL,
    destination TEXT NOT NULL,
    platform TEXT NOT NULL,
    state TEXT NOT NULL,
    threshold BIGINT NOT NULL,
    pace_ms BIGINT NOT NULL,
    began BIGINT NOT NULL,
    platform_id TEXT,
    again BIGINT NOT NULL DEFAULT 0,
    shown TEXT NOT NULL DEFAULT '',
    shown_at BIGINT,
    shown_total BIGINT NOT NULL DEFAULT 0,
    shown_settled BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT,
    attempts BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 0
);

CREATE UNIQUE INDEX alert_groups_gathering ON alert_groups (destination, kind) WHERE state = 'gathering';
CREATE INDEX alert_groups_due ON alert_groups (platform, due_at) WHERE due_at IS NOT NULL;

-- A promise in a group. `kind`, `due` and `mention` are those of its latest alert, which came at `joined_at`; `outcome` is
-- kept, late or void once it has ended.
CREATE TABLE alert_group_promises (
    alert_group BIGINT NOT NULL REFERENCES alert_groups (id),
    ticket BIGINT NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    started BIGINT NOT NULL,
    kind TEXT NOT NULL,
    due BIGINT NOT NULL,
    mention TEXT,
    joined_at BIGINT NOT NULL,
    outcome TEXT,
    PRIMARY KEY (alert_group, ticket, target, started)
);

CREATE INDEX alert_group_promises_ticket ON alert_group_promises (ticket);

-- `storm_over` is how many alerts may go one by one; null for what is no alert. Two more states: grouped (told by the table of
-- `alert_group`, which took it over at `sent_at`), held (to be told by it when quiet hours end; grouped then too).
ALTER TABLE outbox ADD COLUMN storm_over BIGINT;
ALTER TABLE outbox ADD COLUMN alert_group BIGINT;

CREATE INDEX outbox_heard ON outbox (destination, sent_at) WHERE storm_over IS NOT NULL AND state IN ('sent', 'grouped');
CREATE INDEX outbox_group ON outbox (alert_group) WHERE alert_group IS NOT NULL;
