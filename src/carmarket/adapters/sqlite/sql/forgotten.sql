-- name: ask
INSERT INTO reset_requests (mailbox, email, at) VALUES (?, ?, ?) ON CONFLICT (mailbox) DO NOTHING

-- name: waiting
SELECT email, at FROM reset_requests WHERE (at, mailbox) > (?, ?) ORDER BY at, mailbox LIMIT ?

-- name: settle
DELETE FROM reset_requests WHERE mailbox = ? AND at = ?
