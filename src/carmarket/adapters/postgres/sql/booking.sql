-- name: get
SELECT document FROM bookings WHERE id = %(id)s

-- name: version
SELECT version FROM bookings WHERE id = %(id)s

-- name: add
-- One command: a repeat is known by its id, the car is held as it is while it is written, the constraint decides.
WITH known AS (
    SELECT version FROM bookings WHERE id = %(id)s
), offered AS (
    SELECT id FROM bookable_cars WHERE id = %(car)s AND is_bookable FOR SHARE
), written AS (
    INSERT INTO bookings (id, version, status, kind, car, seller, customer, blocked, lapses_at, remind_at, document)
    SELECT %(id)s, %(version)s, %(status)s, %(kind)s, %(car)s, %(seller)s, %(customer)s,
        tstzrange(%(begins)s, %(ends)s), %(lapses_at)s, %(remind_at)s, %(document)s
    FROM offered WHERE NOT EXISTS (SELECT FROM known)
    ON CONFLICT DO NOTHING RETURNING id
), told AS (
    INSERT INTO outbox (part, key, version, type, type_version, at, data)
    SELECT event.* FROM written, unnest(%(parts)s::smallint[], %(keys)s::uuid[], %(versions)s::bigint[],
        %(types)s::text[], %(type_versions)s::integer[], %(ats)s::timestamptz[], %(data)s::bytea[]) AS event
)
SELECT (SELECT version FROM known), EXISTS (SELECT FROM offered), EXISTS (SELECT FROM written)

-- name: bring
-- One of another market, be its car bookable or not; the constraint decides here too.
WITH written AS (
    INSERT INTO bookings (id, version, status, kind, car, seller, customer, blocked, lapses_at, remind_at, document)
    VALUES (%(id)s, %(version)s, %(status)s, %(kind)s, %(car)s, %(seller)s, %(customer)s,
        tstzrange(%(begins)s, %(ends)s), %(lapses_at)s, %(remind_at)s, %(document)s)
    ON CONFLICT DO NOTHING RETURNING id
), told AS (
    INSERT INTO outbox (part, key, version, type, type_version, at, data)
    SELECT event.* FROM written, unnest(%(parts)s::smallint[], %(keys)s::uuid[], %(versions)s::bigint[],
        %(types)s::text[], %(type_versions)s::integer[], %(ats)s::timestamptz[], %(data)s::bytea[]) AS event
)
SELECT EXISTS (SELECT FROM written)

-- name: update
WITH written AS (
    UPDATE bookings SET version = %(version)s, status = %(status)s, lapses_at = %(lapses_at)s,
        remind_at = %(remind_at)s, document = %(document)s
    WHERE id = %(id)s AND version = %(base)s RETURNING id
)
INSERT INTO outbox (part, key, version, type, type_version, at, data)
SELECT event.* FROM written, unnest(%(parts)s::smallint[], %(keys)s::uuid[], %(versions)s::bigint[],
    %(types)s::text[], %(type_versions)s::integer[], %(ats)s::timestamptz[], %(data)s::bytea[]) AS event

-- name: blockers
SELECT document FROM bookings
WHERE car = %(car)s AND blocked && tstzrange(%(begins)s, %(ends)s) AND status IN ('held', 'requested', 'confirmed')
ORDER BY lower(blocked) LIMIT %(limit)s

-- name: car
SELECT id, version, seller, is_bookable FROM bookable_cars WHERE id = %(id)s

-- name: cars
SELECT id, version, seller, is_bookable FROM bookable_cars
WHERE (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- name: tell_cars
INSERT INTO bookable_cars (id, version, seller, is_bookable)
SELECT * FROM unnest(%(ids)s::uuid[], %(versions)s::bigint[], %(sellers)s::uuid[], %(offered)s::boolean[])
ON CONFLICT (id) DO UPDATE
SET version = excluded.version, seller = excluded.seller, is_bookable = excluded.is_bookable
WHERE bookable_cars.version < excluded.version

-- name: rules
SELECT document FROM dealer_rules WHERE seller = %(seller)s

-- name: all_rules
SELECT document FROM dealer_rules WHERE (%(after)s::uuid IS NULL OR seller > %(after)s) ORDER BY seller LIMIT %(limit)s

-- name: tell_rules
INSERT INTO dealer_rules (seller, version, document) VALUES (%(seller)s, %(version)s, %(document)s)
ON CONFLICT (seller) DO UPDATE SET version = excluded.version, document = excluded.document
WHERE dealer_rules.version < excluded.version
