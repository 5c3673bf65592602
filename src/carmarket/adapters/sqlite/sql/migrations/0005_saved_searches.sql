-- Saved searches, the keys that cars find them by, and what they found.

CREATE TABLE saved_searches (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    owner BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX saved_searches_by_owner ON saved_searches (owner, created_at, id);

CREATE TABLE saved_search_keys (
    key TEXT NOT NULL,
    search BLOB NOT NULL,
    PRIMARY KEY (key, search)
) STRICT, WITHOUT ROWID;

CREATE INDEX saved_search_keys_by_search ON saved_search_keys (search);

CREATE TABLE alerts (
    id BLOB PRIMARY KEY,
    search BLOB NOT NULL,
    owner BLOB NOT NULL,
    at INTEGER NOT NULL,
    letter BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    told_at INTEGER,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_by_owner ON alerts (owner, at DESC, id);
CREATE INDEX alerts_by_search ON alerts (search, at DESC, id);
CREATE INDEX alerts_by_letter ON alerts (letter, id);
CREATE INDEX alerts_due ON alerts (due_at, letter) WHERE told_at IS NULL;
CREATE INDEX alerts_told ON alerts (told_at) WHERE told_at IS NOT NULL;
