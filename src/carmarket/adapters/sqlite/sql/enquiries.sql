-- name: get
SELECT document FROM enquiries WHERE id = ?

-- name: version
SELECT version FROM enquiries WHERE id = ?

-- name: insert
INSERT INTO enquiries (id, version, status, seller, customer, assignee, created_at, document)
VALUES (:id, :version, :status, :seller, :customer, :assignee, :created_at, :document)
ON CONFLICT (id) DO NOTHING

-- name: update
UPDATE enquiries SET version = :version, status = :status, customer = :customer, assignee = :assignee,
    document = :document
WHERE id = :id AND version = :base

-- name: remember_message
INSERT INTO enquiry_messages (id, enquiry) VALUES (?, ?) ON CONFLICT (id) DO NOTHING

-- name: messages
SELECT count(*) FROM enquiry_messages WHERE enquiry = ?

-- name: car
SELECT id, version, seller, is_enquirable FROM enquirable_cars WHERE id = ?

-- name: cars
SELECT id, version, seller, is_enquirable FROM enquirable_cars WHERE id > ? ORDER BY id LIMIT ?

-- name: tell_car
INSERT INTO enquirable_cars (id, version, seller, is_enquirable) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET version = ?2, seller = ?3, is_enquirable = ?4 WHERE version < ?2
