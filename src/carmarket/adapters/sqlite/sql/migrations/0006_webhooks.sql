-- Webhooks of integrators, and what is on its way to them.

CREATE TABLE webhooks (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    seller BLOB,
    is_active INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhooks_by_seller ON webhooks (seller, id);

CREATE TABLE deliveries (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    webhook BLOB NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    reply_status INTEGER,
    reply_said TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_webhook ON deliveries (webhook, created_at, id);
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (updated_at) WHERE next_at IS NULL;
