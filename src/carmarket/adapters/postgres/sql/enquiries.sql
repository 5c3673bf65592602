-- name: get
SELECT document FROM enquiries WHERE id = %(id)s

-- name: version
SELECT version FROM enquiries WHERE id = %(id)s

-- name: insert
INSERT INTO enquiries (id, version, status, seller, customer, assignee, created_at, document)
VALUES (%(id)s, %(version)s, %(status)s, %(seller)s, %(customer)s, %(assignee)s, %(created_at)s, %(document)s)
ON CONFLICT (id) DO NOTHING

-- name: update
UPDATE enquiries SET version = %(version)s, status = %(status)s, customer = %(customer)s, assignee = %(assignee)s,
    document = %(document)s
WHERE id = %(id)s AND version = %(base)s

-- name: remember_messages
INSERT INTO enquiry_messages (id, enquiry) SELECT unnest(%(messages)s::uuid[]), %(id)s ON CONFLICT (id) DO NOTHING

-- name: messages
SELECT count(*) FROM enquiry_messages WHERE enquiry = %(id)s

-- name: car
SELECT id, version, seller, is_enquirable FROM enquirable_cars WHERE id = %(id)s

-- name: cars
SELECT id, version, seller, is_enquirable FROM enquirable_cars
WHERE (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- name: tell_cars
INSERT INTO enquirable_cars (id, version, seller, is_enquirable)
SELECT * FROM unnest(%(ids)s::uuid[], %(versions)s::bigint[], %(sellers)s::uuid[], %(offered)s::boolean[])
ON CONFLICT (id) DO UPDATE
SET version = excluded.version, seller = excluded.seller, is_enquirable = excluded.is_enquirable
WHERE enquirable_cars.version < excluded.version
