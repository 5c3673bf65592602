-- name: get
SELECT document FROM listings WHERE id = %(id)s

-- name: get_many
SELECT document FROM listings WHERE id = ANY(%(ids)s) ORDER BY id

-- name: insert
-- State and events by one command; the events take their numbers under the row's lock.
WITH written AS (
    INSERT INTO listings (id, version, status, seller, vin, expires_at, document)
    VALUES (%(id)s, %(version)s, %(status)s, %(seller)s, %(vin)s, %(expires_at)s, %(document)s)
    ON CONFLICT (id) DO NOTHING RETURNING id
)
INSERT INTO outbox (part, key, version, type, type_version, at, data)
SELECT told.* FROM written, unnest(%(parts)s::smallint[], %(keys)s::uuid[], %(versions)s::bigint[], %(types)s::text[],
    %(type_versions)s::integer[], %(ats)s::timestamptz[], %(data)s::bytea[]) AS told

-- name: update
WITH written AS (
    UPDATE listings SET version = %(version)s, status = %(status)s, seller = %(seller)s, vin = %(vin)s,
        expires_at = %(expires_at)s, document = %(document)s
    WHERE id = %(id)s AND version = %(base)s RETURNING id
)
INSERT INTO outbox (part, key, version, type, type_version, at, data)
SELECT told.* FROM written, unnest(%(parts)s::smallint[], %(keys)s::uuid[], %(versions)s::bigint[], %(types)s::text[],
    %(type_versions)s::integer[], %(ats)s::timestamptz[], %(data)s::bytea[]) AS told

-- name: version
SELECT version FROM listings WHERE id = %(id)s

-- name: stored
-- In the order of ids, so that two batches wait for each other and never in a ring.
SELECT id, version, CASE WHEN status IN ('pending', 'published', 'paused', 'reserved') THEN vin END
FROM listings WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE

-- name: holders
SELECT vin, id FROM listings
WHERE vin = ANY(%(vins)s) AND status IN ('pending', 'published', 'paused', 'reserved')

-- name: update_many
UPDATE listings SET version = fresh.version, status = fresh.status, seller = fresh.seller, vin = fresh.vin,
    expires_at = fresh.expires_at, document = fresh.document
FROM unnest(%(ids)s::uuid[], %(versions)s::bigint[], %(statuses)s::text[], %(sellers)s::uuid[], %(vins)s::text[],
    %(expiries)s::timestamptz[], %(documents)s::bytea[])
    AS fresh (id, version, status, seller, vin, expires_at, document)
WHERE listings.id = fresh.id

-- name: copy
COPY listings (id, version, status, seller, vin, expires_at, document) FROM STDIN (FORMAT BINARY)

-- name: copy_told
COPY outbox (part, key, version, type, type_version, at, data) FROM STDIN (FORMAT BINARY)
