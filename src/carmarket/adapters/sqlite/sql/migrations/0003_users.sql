-- People, the keys they are known by, dealers, sessions, and the audit log.

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    dealer BLOB,                      -- whom they work for
    roles TEXT NOT NULL,              -- all of them, such as ",admin,customer,"
    is_erased INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_dealer ON users (dealer, id) WHERE dealer IS NOT NULL;

-- A mailbox in lower case, or an identity at another provider: each is one person's.
CREATE TABLE user_keys (
    key TEXT PRIMARY KEY,
    user BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX user_keys_by_user ON user_keys (user);

CREATE TABLE dealers (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX dealers_by_status ON dealers (status, id);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    user BLOB NOT NULL,
    created_at INTEGER NOT NULL,      -- milliseconds since 1970, UTC
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user, id);
CREATE INDEX sessions_by_age ON sessions (created_at);

CREATE TABLE audit (
    id BLOB PRIMARY KEY,
    subject BLOB NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_subject ON audit (subject, id);
