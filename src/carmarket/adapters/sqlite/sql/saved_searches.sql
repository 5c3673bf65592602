-- name: get
SELECT document FROM saved_searches WHERE id = ?

-- name: version
SELECT version FROM saved_searches WHERE id = ?

-- name: count
SELECT count(*) FROM saved_searches WHERE owner = ?

-- name: insert
INSERT INTO saved_searches (id, version, owner, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)

-- name: update
UPDATE saved_searches SET version = ?2, document = ?3 WHERE id = ?1 AND version = ?4

-- name: insert_key
INSERT INTO saved_search_keys (key, search) VALUES (?, ?)

-- name: remove_keys
DELETE FROM saved_search_keys WHERE search = ?

-- name: remove
DELETE FROM saved_searches WHERE id = ? AND version = ?

-- name: remove_alerts
DELETE FROM alerts WHERE search = ?

-- name: forget
DELETE FROM saved_searches WHERE owner = ?

-- name: forget_keys
DELETE FROM saved_search_keys WHERE search IN (SELECT id FROM saved_searches WHERE owner = ?)

-- name: forget_alerts
DELETE FROM alerts WHERE owner = ?

-- name: of_owner
SELECT document FROM saved_searches WHERE owner = ? ORDER BY created_at, id

-- name: owners
SELECT DISTINCT owner FROM saved_searches WHERE owner > ? ORDER BY owner LIMIT ?

-- name: candidates
-- The keys of a car are many and those of a search few, so one lookup a key finds the few searches to compare.
SELECT document FROM saved_searches
WHERE id IN (SELECT search FROM saved_search_keys WHERE key IN (SELECT value FROM json_each(?)))
ORDER BY id
