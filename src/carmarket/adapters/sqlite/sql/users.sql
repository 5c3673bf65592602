-- name: get
SELECT document FROM users WHERE id = ?

-- name: by_key
SELECT document FROM users WHERE id = (SELECT user FROM user_keys WHERE key = ?)

-- name: find
SELECT document FROM users
WHERE id > ?1 AND (?4 IS NULL OR is_erased = ?4) AND (?2 IS NULL OR instr(roles, ?2))
ORDER BY id LIMIT ?3

-- name: find_staff
SELECT document FROM users
WHERE dealer = ?5 AND id > ?1 AND (?4 IS NULL OR is_erased = ?4) AND (?2 IS NULL OR instr(roles, ?2))
ORDER BY id LIMIT ?3

-- name: version
SELECT version FROM users WHERE id = ?

-- name: insert
INSERT INTO users (id, version, dealer, roles, is_erased, document) VALUES (?1, ?2, ?3, ?4, ?5, ?6)

-- name: update
UPDATE users SET version = ?2, dealer = ?3, roles = ?4, is_erased = ?5, document = ?6 WHERE id = ?1

-- name: free_keys
DELETE FROM user_keys WHERE user = ?

-- name: holder
SELECT user FROM user_keys WHERE key = ?

-- name: hold_key
INSERT INTO user_keys (key, user) VALUES (?, ?)

-- name: get_dealer
SELECT document FROM dealers WHERE id = ?

-- name: dealer_version
SELECT version FROM dealers WHERE id = ?

-- name: find_dealers
SELECT document FROM dealers WHERE id > ?1 ORDER BY id LIMIT ?2

-- name: find_dealers_in
SELECT document FROM dealers WHERE status = ?3 AND id > ?1 ORDER BY id LIMIT ?2

-- name: put_dealer
INSERT INTO dealers (id, version, status, document) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET version = ?2, status = ?3, document = ?4

-- name: inviting
SELECT document FROM dealers WHERE id IN (SELECT dealer FROM invited WHERE mailbox = ?) ORDER BY id LIMIT 1000

-- name: nobody_invited
DELETE FROM invited WHERE dealer = ?

-- name: invited
INSERT INTO invited (mailbox, dealer) VALUES (?, ?)

-- name: get_session
SELECT document FROM sessions WHERE id = ?

-- name: session_version
SELECT version FROM sessions WHERE id = ?

-- name: sessions_of
SELECT document FROM (SELECT id, document FROM sessions WHERE user = ? ORDER BY id DESC LIMIT 1000) ORDER BY id

-- name: find_sessions
SELECT document FROM sessions WHERE id > ?1 ORDER BY id LIMIT ?2

-- name: put_session
INSERT INTO sessions (id, version, user, created_at, document) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET version = ?2, document = ?5

-- name: forget_sessions
DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE created_at < ? LIMIT 1000)

-- name: note
INSERT INTO audit (id, subject, document) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING

-- name: entries
SELECT document FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2

-- name: entries_about
SELECT document FROM audit WHERE subject = ?3 AND id < ?1 ORDER BY id DESC LIMIT ?2
