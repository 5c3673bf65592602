-- name: record
INSERT INTO events (key, version, type, type_version, at, data) VALUES (?, ?, ?, ?, ?, ?)

-- name: read
SELECT position, type, type_version, data FROM events WHERE position > ? ORDER BY position LIMIT ?

-- name: last
-- The sequence remembers positions whose events were pruned.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)

-- name: pruned
SELECT coalesce((SELECT min(position) - 1 FROM events), 0)

-- name: prune
-- The oldest events up to the first that is young enough; the newest stays in any case.
DELETE FROM events WHERE position IN (
    SELECT position FROM events
    WHERE position < coalesce(
        (SELECT min(position) FROM events WHERE at >= :before),
        (SELECT max(position) FROM events)
    )
    ORDER BY position LIMIT :most
)

-- name: position
SELECT position FROM readers WHERE name = ?

-- name: move
INSERT INTO readers (name, position) VALUES (:name, :position)
ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)

-- name: rewind
INSERT INTO readers (name, position) VALUES (:name, :position)
ON CONFLICT (name) DO UPDATE SET position = excluded.position

-- name: mark
INSERT INTO marks (token) VALUES (?) ON CONFLICT DO NOTHING

-- name: forget_marks
DELETE FROM marks WHERE number <= (SELECT max(number) FROM marks) - ?

-- name: has_mark
SELECT 1 FROM marks WHERE token = ?
