-- name: get
SELECT document FROM imports WHERE id = %(id)s

-- name: insert
INSERT INTO imports (id, version, is_finished, document)
VALUES (%(id)s, %(version)s, %(is_finished)s, %(document)s) ON CONFLICT DO NOTHING

-- name: update
UPDATE imports SET version = %(version)s, is_finished = %(is_finished)s, document = %(document)s
WHERE id = %(id)s AND version = %(base)s

-- name: unfinished
SELECT document FROM imports WHERE NOT is_finished ORDER BY id LIMIT %(limit)s

-- name: find
SELECT document FROM imports WHERE (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s
