-- Digests that people schedule from chat, beside those of bot.toml. A removed one stays as a row: its slots have its
-- number, which must not be given again.
CREATE TABLE digests (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    channel TEXT NOT NULL,
    cron TEXT NOT NULL,
    timezone TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    removed_by TEXT,
    removed_at INTEGER
) STRICT;

CREATE UNIQUE INDEX digests_of_channel ON digests (channel, name) WHERE removed_at IS NULL;
