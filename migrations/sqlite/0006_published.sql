-- What was said, and since when anything can be said.

-- The value of a metric as it was last published as the answer to a question; null = there was none. The value is the
-- shortest text that reads back as the same number.
CREATE TABLE published (
    question TEXT NOT NULL,
    metric TEXT NOT NULL,
    value TEXT,
    as_of INTEGER NOT NULL,
    PRIMARY KEY (question, metric)
) STRICT;

-- When what events tell of happened first: their types, and of surveys also the kind (rating_received/nps).
CREATE TABLE beginnings (
    topic TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT;

INSERT INTO beginnings (topic, since)
SELECT json_extract(body, '$.type'), min(ts) FROM events GROUP BY 1;

INSERT INTO beginnings (topic, since)
SELECT json_extract(body, '$.type') || '/' || json_extract(body, '$.data.kind'), min(ts) FROM events
WHERE json_extract(body, '$.type') IN ('rating_received', 'survey_sent')
AND (json_extract(body, '$.data.kind') <> 'ces' OR json_extract(body, '$.type') = 'survey_sent'
     OR json_extract(body, '$.data.version') IN (1, 2))
GROUP BY 1;

INSERT INTO beginnings (topic, since)
SELECT 'rating_received/comment', min(ts) FROM events
WHERE json_extract(body, '$.type') = 'rating_received' AND trim(json_extract(body, '$.data.comment')) <> ''
HAVING min(ts) IS NOT NULL;

DELETE FROM vocabulary WHERE topic = 'type';
