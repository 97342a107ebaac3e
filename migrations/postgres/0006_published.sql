-- What was said, and since when anything can be said.

-- The value of a metric as it was last published as the answer to a question; null = there was none. The value is the
-- shortest text that reads back as the same number.
CREATE TABLE published (
    question TEXT NOT NULL,
    metric TEXT NOT NULL,
    value TEXT,
    as_of BIGINT NOT NULL,
    PRIMARY KEY (question, metric)
);

-- When what events tell of happened first: their types, and of surveys also the kind (rating_received/nps).
CREATE TABLE beginnings (
    topic TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);

INSERT INTO beginnings (topic, since)
SELECT body::json ->> 'type', min(ts) FROM events GROUP BY 1;

INSERT INTO beginnings (topic, since)
SELECT (body::json ->> 'type') || '/' || (body::json -> 'data' ->> 'kind'), min(ts) FROM events
WHERE (body::json ->> 'type') IN ('rating_received', 'survey_sent')
AND ((body::json -> 'data' ->> 'kind') <> 'ces' OR (body::json ->> 'type') = 'survey_sent'
     OR (body::json -> 'data' ->> 'version')::float IN (1, 2))
GROUP BY 1;

INSERT INTO beginnings (topic, since)
SELECT 'rating_received/comment', min(ts) FROM events
WHERE (body::json ->> 'type') = 'rating_received' AND trim(body::json -> 'data' ->> 'comment') <> ''
HAVING min(ts) IS NOT NULL;

DELETE FROM vocabulary WHERE topic = 'type';
