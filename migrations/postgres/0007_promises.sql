-- What rings is told by the instant at which it was asked for, not by the number of its cycle: a reply that is told late
-- adds a cycle, and all that follow have other numbers.

-- The demands that are known, from what was promised.
CREATE TABLE known_demands AS
    SELECT ticket, body::json #>> '{12,promise,target}' AS target, (body::json #>> '{12,promise,cycle}')::bigint AS cycle,
    body::json #>> '{12,promise,started}' AS began
    FROM samples WHERE kind = 'sla';

-- `started` is when the demand began as far as was known. Of those that are gone (of spam, for example) only the number
-- is known, and stands here below 0.
CREATE TABLE timers_by_start (
    ticket BIGINT NOT NULL,
    target TEXT NOT NULL,
    started BIGINT NOT NULL,
    kind TEXT NOT NULL,
    rings_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (ticket, target, started, kind)
);

INSERT INTO timers_by_start (ticket, target, started, kind, rings_at, state)
    SELECT t.ticket, t.target, coalesce((extract(epoch FROM d.began::timestamptz) * 1000)::bigint, -t.cycle),
    t.kind, t.rings_at, t.state
    FROM timers t LEFT JOIN known_demands d ON d.ticket = t.ticket AND d.target = t.target AND d.cycle = t.cycle
    ON CONFLICT DO NOTHING;

DROP TABLE timers;
ALTER TABLE timers_by_start RENAME TO timers;
CREATE INDEX timers_due ON timers (rings_at) WHERE state = 'pending';

-- `cycle` is the number it had when it rang.
CREATE TABLE alerts_by_start (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ticket BIGINT NOT NULL REFERENCES tickets (no),
    target TEXT NOT NULL,
    started BIGINT NOT NULL,
    kind TEXT NOT NULL,
    cycle BIGINT NOT NULL,
    due BIGINT NOT NULL,
    rung_at BIGINT NOT NULL,
    UNIQUE (ticket, target, started, kind)
);

INSERT INTO alerts_by_start (ticket, target, started, kind, cycle, due, rung_at)
    SELECT a.ticket, a.target, coalesce((extract(epoch FROM d.began::timestamptz) * 1000)::bigint, -a.cycle),
    a.kind, a.cycle, a.due, a.rung_at
    FROM alerts a LEFT JOIN known_demands d ON d.ticket = a.ticket AND d.target = a.target AND d.cycle = a.cycle
    ORDER BY a.id
    ON CONFLICT DO NOTHING;

DROP TABLE alerts;
ALTER TABLE alerts_by_start RENAME TO alerts;
CREATE INDEX alerts_rung_at ON alerts (rung_at);

-- Alerts that are still to be sent are looked up by it too.
UPDATE outbox SET body = jsonb_set(body::jsonb, '{alert,started}', to_jsonb(coalesce(
    (SELECT d.began FROM known_demands d JOIN tickets k ON k.no = d.ticket
     WHERE k.id = outbox.body::json #>> '{alert,ticket,id}' AND k.source = outbox.body::json #>> '{alert,ticket,source}'
     AND d.target = outbox.body::json #>> '{alert,target}'
     AND d.cycle = (outbox.body::json #>> '{alert,cycle}')::bigint),
    '1970-01-01T00:00:00.000Z')))::text
    WHERE state IN ('due', 'sending') AND body::json #>> '{alert,cycle}' IS NOT NULL;

DROP TABLE known_demands;

-- What bot.toml promised since when (policies, calendars, and which team has which), so that an edit rewrites no verdict.
CREATE TABLE policy_versions (
    version BIGINT PRIMARY KEY,
    since BIGINT NOT NULL,
    definition TEXT NOT NULL
);
