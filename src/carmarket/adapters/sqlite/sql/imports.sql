-- name: get
SELECT document FROM imports WHERE id = ?

-- name: insert
INSERT INTO imports (id, version, is_finished, document) VALUES (:id, :version, :is_finished, :document)
ON CONFLICT DO NOTHING

-- name: update
UPDATE imports SET version = :version, is_finished = :is_finished, document = :document
WHERE id = :id AND version = :base

-- name: unfinished
SELECT document FROM imports WHERE is_finished = 0 ORDER BY id LIMIT ?

-- name: find
SELECT document FROM imports WHERE id > ? ORDER BY id LIMIT ?
