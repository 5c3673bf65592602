-- name: get
SELECT document FROM listings WHERE id = ?

-- name: insert
INSERT INTO listings (id, version, status, seller, vin, expires_at, document)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)

-- name: update
-- Only from the version that the decision was made on.
UPDATE listings
SET version = ?2, status = ?3, seller = ?4, vin = ?5, expires_at = ?6, document = ?7
WHERE id = ?1 AND version = ?8
