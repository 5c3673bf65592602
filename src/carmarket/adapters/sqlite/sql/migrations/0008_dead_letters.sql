-- Events that readers have put aside.

CREATE TABLE parked_events (
    reader TEXT NOT NULL,
    position INTEGER NOT NULL,
    key BLOB NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    data BLOB NOT NULL,
    parked_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try INTEGER,
    error TEXT NOT NULL,
    PRIMARY KEY (reader, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_events_by_key ON parked_events (reader, key, position);
CREATE INDEX parked_events_dead ON parked_events (position, reader) WHERE next_try IS NULL;
