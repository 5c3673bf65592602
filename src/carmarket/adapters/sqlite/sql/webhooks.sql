-- name: get
SELECT document FROM webhooks WHERE id = ?

-- name: version
SELECT version FROM webhooks WHERE id = ?

-- name: insert
INSERT INTO webhooks (id, version, seller, is_active, document) VALUES (:id, :version, :seller, :is_active, :document)
ON CONFLICT DO NOTHING

-- name: update
UPDATE webhooks SET version = :version, seller = :seller, is_active = :is_active, document = :document
WHERE id = :id AND version = :base

-- name: remove
DELETE FROM webhooks WHERE id = ?

-- name: remove_deliveries
DELETE FROM deliveries WHERE webhook = ?

-- name: everybody
SELECT document FROM webhooks WHERE (:user IS NULL OR json_extract(CAST(document AS TEXT), '$.user_id') = :user) AND id > :after
ORDER BY id LIMIT :limit

-- name: of_seller
SELECT document FROM webhooks WHERE seller IS :seller AND (:user IS NULL OR json_extract(CAST(document AS TEXT), '$.user_id') = :user) AND id > :after
ORDER BY id LIMIT :limit

-- name: deliver
INSERT INTO deliveries (id, version, webhook, status, attempts, next_at, reply_status, reply_said,
                        created_at, updated_at, type, type_version, data)
SELECT :id, :version, :webhook, :status, :attempts, :next_at, :reply_status, :reply_said,
       :created_at, :updated_at, :type, :type_version, :data
WHERE EXISTS (SELECT 1 FROM webhooks WHERE id = :webhook)
ON CONFLICT DO NOTHING

-- name: delivery
SELECT * FROM deliveries WHERE id = ?

-- name: delivery_version
SELECT version FROM deliveries WHERE id = ?

-- name: settle
UPDATE deliveries SET version = :version, status = :status, attempts = :attempts, next_at = :next_at,
       reply_status = :reply_status, reply_said = :reply_said, updated_at = :updated_at
WHERE id = :id AND version = :base

-- name: due
-- Of each webhook the longest due alone, so that one that does not answer holds up no other.
SELECT webhooks.document, placed.* FROM (
    SELECT *, row_number() OVER (PARTITION BY webhook ORDER BY next_at, id) AS place
    FROM deliveries WHERE next_at <= :now
) AS placed
JOIN webhooks ON webhooks.id = placed.webhook
WHERE webhooks.is_active AND placed.place <= :each
ORDER BY placed.next_at, placed.id LIMIT :limit

-- name: deliveries
SELECT * FROM deliveries
WHERE webhook = :webhook AND (created_at, id) < (:created_at, :id)
ORDER BY created_at DESC, id DESC LIMIT :limit

-- name: prune
DELETE FROM deliveries WHERE id IN (
    SELECT id FROM deliveries WHERE next_at IS NULL AND updated_at < :before LIMIT :most
)
