-- name: get
SELECT document FROM webhooks WHERE id = %(id)s

-- name: version
SELECT version FROM webhooks WHERE id = %(id)s

-- name: insert
INSERT INTO webhooks (id, version, seller, user_id, is_active, document)
VALUES (%(id)s, %(version)s, %(seller)s, %(user)s, %(is_active)s, %(document)s) ON CONFLICT DO NOTHING

-- name: update
UPDATE webhooks SET version = %(version)s, seller = %(seller)s, user_id = %(user)s, is_active = %(is_active)s,
    document = %(document)s
WHERE id = %(id)s AND version = %(base)s

-- name: remove
DELETE FROM webhooks WHERE id = %(id)s

-- name: find
SELECT document FROM webhooks
WHERE (%(everybody)s OR seller IS NOT DISTINCT FROM %(seller)s) AND (%(user)s::uuid IS NULL OR user_id = %(user)s)
    AND (%(after)s::uuid IS NULL OR id > %(after)s)
ORDER BY id LIMIT %(limit)s

-- name: listening
SELECT document FROM webhooks WHERE is_active AND (seller IS NULL OR seller = ANY(%(sellers)s)) ORDER BY id

-- name: deliver
INSERT INTO deliveries (id, version, webhook, status, attempts, next_at, reply_status, reply_said,
                        created_at, updated_at, type, type_version, data)
SELECT %(id)s, %(version)s, webhooks.id, %(status)s, %(attempts)s, %(next_at)s, %(reply_status)s, %(reply_said)s,
       %(created_at)s, %(updated_at)s, %(type)s, %(type_version)s, %(data)s
FROM webhooks WHERE webhooks.id = %(webhook)s FOR KEY SHARE
ON CONFLICT DO NOTHING

-- name: delivery
SELECT id, version, webhook, status, attempts, next_at, reply_status, reply_said, created_at, updated_at, type,
    type_version, data
FROM deliveries WHERE id = %(id)s

-- name: delivery_version
SELECT version FROM deliveries WHERE id = %(id)s

-- name: settle
UPDATE deliveries SET version = %(version)s, status = %(status)s, attempts = %(attempts)s, next_at = %(next_at)s,
       reply_status = %(reply_status)s, reply_said = %(reply_said)s, updated_at = %(updated_at)s
WHERE id = %(id)s AND version = %(base)s

-- name: due
-- Of each webhook the longest due alone, so that one that does not answer holds up no other.
SELECT webhooks.document, placed.id, placed.version, placed.webhook, placed.status, placed.attempts, placed.next_at,
    placed.reply_status, placed.reply_said, placed.created_at, placed.updated_at, placed.type, placed.type_version,
    placed.data
FROM (
    SELECT *, row_number() OVER (PARTITION BY webhook ORDER BY next_at, id) AS place
    FROM deliveries WHERE next_at <= %(now)s
) AS placed
JOIN webhooks ON webhooks.id = placed.webhook
WHERE webhooks.is_active AND placed.place <= %(each)s
ORDER BY placed.next_at, placed.id LIMIT %(limit)s

-- name: deliveries
SELECT id, version, webhook, status, attempts, next_at, reply_status, reply_said, created_at, updated_at, type,
    type_version, data
FROM deliveries
WHERE webhook = %(webhook)s AND (%(id)s::uuid IS NULL OR (created_at, id) < (%(created_at)s, %(id)s))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s

-- name: prune
DELETE FROM deliveries WHERE id IN (
    SELECT id FROM deliveries WHERE next_at IS NULL AND updated_at < %(before)s LIMIT %(most)s
)
