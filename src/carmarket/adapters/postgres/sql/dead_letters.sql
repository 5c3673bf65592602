-- name: park
INSERT INTO parked_events (reader, position, key, type, type_version, data, parked_at, tries, next_try, error)
VALUES (%(reader)s, %(position)s, %(key)s, %(type)s, %(type_version)s, %(data)s, %(parked_at)s, %(tries)s,
        %(next_try)s, %(error)s)
ON CONFLICT (reader, position) DO NOTHING

-- name: held
SELECT DISTINCT key FROM parked_events WHERE reader = %(reader)s

-- name: due
-- The first of each queue by the index alone; then those whose time has come.
SELECT parked.reader, parked.position, parked.type, parked.type_version, parked.data, parked.parked_at, parked.tries,
    parked.next_try, parked.error
FROM (SELECT min(position) AS position FROM parked_events WHERE reader = %(reader)s GROUP BY key) AS head
JOIN parked_events AS parked ON parked.reader = %(reader)s AND parked.position = head.position
WHERE parked.next_try <= %(now)s
ORDER BY parked.next_try, parked.position LIMIT %(limit)s

-- name: save
UPDATE parked_events SET tries = %(tries)s, next_try = %(next_try)s, error = %(error)s
WHERE reader = %(reader)s AND position = %(position)s

-- name: remove
DELETE FROM parked_events WHERE reader = %(reader)s AND position = %(position)s
