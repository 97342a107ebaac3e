-- Segments are listed for every question: without a look at their bodies.
CREATE INDEX segments_listed ON segments (kind, slot, version, layout);
