-- name: add
INSERT INTO alerts (id, search, owner, at, letter, due_at, told_at, document)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM saved_searches WHERE id = ?2)
ON CONFLICT (id) DO NOTHING

-- name: due
-- SQLite would rather walk all alerts in the order of their letters than sort the few that are due.
SELECT letter FROM alerts INDEXED BY alerts_due WHERE told_at IS NULL AND due_at <= ?
GROUP BY letter ORDER BY min(due_at), letter LIMIT ?

-- name: of_letter
SELECT told_at, document FROM alerts WHERE letter = ? ORDER BY id LIMIT 1000

-- name: tell
UPDATE alerts SET told_at = ?2 WHERE letter = ?1 AND told_at IS NULL

-- name: prune
DELETE FROM alerts WHERE id IN (SELECT id FROM alerts WHERE told_at IS NOT NULL AND told_at < ? LIMIT 10000)
