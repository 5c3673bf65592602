-- name: get
SELECT document FROM listings WHERE id = ?

-- name: insert
INSERT INTO listings (id, version, status, seller, vin, expires_at, document)
VALUES (:id, :version, :status, :seller, :vin, :expires_at, :document)

-- name: update
-- Only from the version that the decision was made on.
UPDATE listings
SET version = :version, status = :status, seller = :seller, vin = :vin, expires_at = :expires_at, document = :document
WHERE id = :id AND version = :base

-- name: record
INSERT INTO events (key, version, type, type_version, at, data) VALUES (?, ?, ?, ?, ?, ?)
