-- What rings is told by the instant at which it was asked for, not by the number of its cycle: a reply that is told late
-- adds a cycle, and all that follow have other numbers.

-- The demands that are known, from what was promised.
CREATE TABLE known_demands AS
    SELECT ticket, json_extract(body, '$[12].promise.target') AS target, json_extract(body, '$[12].promise.cycle') AS cycle,
    json_extract(body, '$[12].promise.started') AS began
    FROM samples WHERE kind = 'sla';

-- `started` is when the demand began as far as was known. Of those that are gone (of spam, for example) only the number
-- is known, and stands here below 0.
CREATE TABLE timers_by_start (
    ticket INTEGER NOT NULL,
    target TEXT NOT NULL,
    started INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rings_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket, target, started, kind)
) STRICT;

INSERT INTO timers_by_start (ticket, target, started, kind, rings_at, state)
    SELECT t.ticket, t.target,
    coalesce(CAST(strftime('%s', d.began) AS INTEGER) * 1000 + CAST(substr(d.began, 21, 3) AS INTEGER), -t.cycle),
    t.kind, t.rings_at, t.state
    FROM timers t LEFT JOIN known_demands d ON d.ticket = t.ticket AND d.target = t.target AND d.cycle = t.cycle
    WHERE true
    ON CONFLICT DO NOTHING;

DROP TABLE timers;
ALTER TABLE timers_by_start RENAME TO timers;
CREATE INDEX timers_due ON timers (rings_at) WHERE state = 'pending';

-- `cycle` is the number it had when it rang.
CREATE TABLE alerts_by_start (
    id INTEGER PRIMARY KEY,
    ticket INTEGER NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    started INTEGER NOT NULL,
    kind TEXT NOT NULL,
    cycle INTEGER NOT NULL,
    due INTEGER NOT NULL,
    rung_at INTEGER NOT NULL,
    UNIQUE (ticket, target, started, kind)
) STRICT;

INSERT INTO alerts_by_start (id, ticket, target, started, kind, cycle, due, rung_at)
    SELECT a.id, a.ticket, a.target,
    coalesce(CAST(strftime('%s', d.began) AS INTEGER) * 1000 + CAST(substr(d.began, 21, 3) AS INTEGER), -a.cycle),
    a.kind, a.cycle, a.due, a.rung_at
    FROM alerts a LEFT JOIN known_demands d ON d.ticket = a.ticket AND d.target = a.target AND d.cycle = a.cycle
    WHERE true
    ON CONFLICT DO NOTHING;

DROP TABLE alerts;
ALTER TABLE alerts_by_start RENAME TO alerts;
CREATE INDEX alerts_rung_at ON alerts (rung_at);

-- Alerts that are still to be sent are looked up by it too.
UPDATE outbox SET body = json_set(body, '$.alert.started', coalesce(
    (SELECT d.began FROM known_demands d JOIN tickets k ON k.no = d.ticket
     WHERE k.id = json_extract(outbox.body, '$.alert.ticket.id')
     AND k.source = json_extract(outbox.body, '$.alert.ticket.source')
     AND d.target = json_extract(outbox.body, '$.alert.target') AND d.cycle = json_extract(outbox.body, '$.alert.cycle')),
    '1970-01-01T00:00:00.000Z'))
    WHERE state IN ('due', 'sending') AND json_extract(body, '$.alert.cycle') IS NOT NULL;

DROP TABLE known_demands;

-- What bot.toml promised since when (policies, calendars, and which team has which), so that an edit rewrites no verdict.
CREATE TABLE policy_versions (
    version INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,
    definition TEXT NOT NULL
) STRICT;
