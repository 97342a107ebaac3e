-- How long the body of a segment is, so that segments can be listed without a look at their bodies: NULL while it is
-- yet to be packed.
ALTER TABLE segments ADD COLUMN size INTEGER;
UPDATE segments SET size = length(body);
CREATE INDEX segments_listed ON segments (kind, slot, version, layout, size);
