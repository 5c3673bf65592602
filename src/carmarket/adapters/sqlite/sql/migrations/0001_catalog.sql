-- Listings, imports, the event log and its readers.

CREATE TABLE listings (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    seller BLOB NOT NULL,
    vin TEXT,
    expires_at INTEGER,
    document BLOB NOT NULL
) STRICT;

CREATE INDEX listings_by_seller ON listings (seller, id);
CREATE INDEX listings_by_status ON listings (status, id);
CREATE INDEX listings_by_expiry ON listings (expires_at) WHERE status = 'published';
CREATE UNIQUE INDEX listings_live_vin ON listings (vin)
    WHERE vin IS NOT NULL AND status IN ('pending', 'published', 'paused', 'reserved');

CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT;

CREATE TABLE readers (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

CREATE TABLE marks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE imports (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    is_finished INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT;

CREATE INDEX imports_unfinished ON imports (id) WHERE is_finished = 0;
