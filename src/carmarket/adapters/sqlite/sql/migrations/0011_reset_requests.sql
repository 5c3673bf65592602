-- Who says that they have forgotten their password, until a letter is sent or there turns out to be no account.

CREATE TABLE reset_requests (
    mailbox TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    at INTEGER NOT NULL               -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE INDEX reset_requests_by_time ON reset_requests (at);
