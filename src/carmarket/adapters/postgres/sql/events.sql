-- name: tell
INSERT INTO outbox (part, key, version, type, type_version, at, data)
SELECT * FROM unnest(%(parts)s::smallint[], %(keys)s::uuid[], %(versions)s::bigint[], %(types)s::text[],
                     %(type_versions)s::integer[], %(ats)s::timestamptz[], %(data)s::bytea[])

-- name: lock
SELECT pg_advisory_xact_lock(%(class)s, %(number)s)

-- name: try_lock
SELECT pg_try_advisory_xact_lock(%(class)s, %(number)s)

-- name: has_told
SELECT EXISTS (SELECT FROM outbox)

-- name: move
-- Into the log, by who holds its lock: what commits later than this comes behind it.
WITH moved AS (
    DELETE FROM outbox WHERE number IN (SELECT number FROM outbox ORDER BY number LIMIT %(limit)s) RETURNING *
)
INSERT INTO events (key, version, type, type_version, at, data)
SELECT key, version, type, type_version, at, data FROM moved ORDER BY number

-- name: read
SELECT position, type, type_version, data FROM events WHERE position > %(after)s ORDER BY position LIMIT %(limit)s

-- name: last
SELECT coalesce(max(position), 0) FROM events

-- name: pruned
SELECT coalesce(min(position) - 1, 0) FROM events

-- name: prune
-- The oldest events up to the first that is young enough; the newest stays in any case.
DELETE FROM events WHERE position IN (
    SELECT position FROM events
    WHERE position < coalesce(
        (SELECT min(position) FROM events WHERE at >= %(before)s),
        (SELECT max(position) FROM events)
    )
    ORDER BY position LIMIT %(most)s
)

-- name: parts
-- In any order, so that relays that start at once begin at different ones.
SELECT part FROM (SELECT DISTINCT part FROM outbox) AS parts ORDER BY random()

-- name: claim
SELECT number, type, type_version, data FROM outbox WHERE part = %(part)s ORDER BY number LIMIT %(limit)s

-- name: published
DELETE FROM outbox WHERE number = ANY(%(numbers)s)

-- name: waiting
SELECT count(*), min(at) FROM outbox

-- name: position
SELECT position FROM readers WHERE name = %(name)s

-- name: move_reader
INSERT INTO readers (name, position) VALUES (%(name)s, %(position)s)
ON CONFLICT (name) DO UPDATE SET position = greatest(readers.position, excluded.position)

-- name: rewind_reader
INSERT INTO readers (name, position) VALUES (%(name)s, %(position)s)
ON CONFLICT (name) DO UPDATE SET position = excluded.position

-- name: mark
WITH marked AS (INSERT INTO marks (token) VALUES (%(token)s) ON CONFLICT DO NOTHING RETURNING number)
DELETE FROM marks WHERE number <= (SELECT max(number) FROM marked) - %(kept)s

-- name: has_mark
SELECT 1 FROM marks WHERE token = %(token)s

-- name: lead
SELECT pg_try_advisory_lock(%(class)s, %(number)s)
