-- What was said: the value of a metric as it was last published as the answer to a question; null = there was none. The
-- value is the shortest text that reads back as the same number.
CREATE TABLE published (
    question TEXT NOT NULL,
    metric TEXT NOT NULL,
    value TEXT,
    as_of INTEGER NOT NULL,
    PRIMARY KEY (question, metric)
) STRICT;
