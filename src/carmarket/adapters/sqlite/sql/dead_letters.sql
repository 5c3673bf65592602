-- name: park
INSERT INTO parked_events (reader, position, key, type, type_version, data, parked_at, tries, next_try, error)
VALUES (:reader, :position, :key, :type, :type_version, :data, :parked_at, :tries, :next_try, :error)
ON CONFLICT (reader, position) DO NOTHING

-- name: held
SELECT DISTINCT key FROM parked_events WHERE reader = ?

-- name: due
-- The first of each queue by the index alone; then those whose time has come.
SELECT parked.reader, parked.position, parked.type, parked.type_version, parked.data, parked.parked_at, parked.tries,
    parked.next_try, parked.error
FROM (SELECT min(position) AS position FROM parked_events WHERE reader = :reader GROUP BY key) AS head
JOIN parked_events AS parked ON parked.reader = :reader AND parked.position = head.position
WHERE parked.next_try <= :now
ORDER BY parked.next_try, parked.position LIMIT :limit

-- name: save
UPDATE parked_events SET tries = :tries, next_try = :next_try, error = :error
WHERE reader = :reader AND position = :position

-- name: remove
DELETE FROM parked_events WHERE reader = ? AND position = ?
