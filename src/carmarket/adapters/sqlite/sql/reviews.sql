-- name: get
SELECT document FROM reviews WHERE id = ?

-- name: version
SELECT version FROM reviews WHERE id = ?

-- name: insert
INSERT INTO reviews (id, version, seller, customer, author, stars, is_public, is_waiting, reveals_at, created_at, document)
VALUES (:id, :version, :seller, :customer, :author, :stars, :is_public, :is_waiting, :reveals_at, :created_at, :document)
ON CONFLICT (id) DO NOTHING

-- name: update
UPDATE reviews SET version = :version, customer = :customer, is_public = :is_public, is_waiting = :is_waiting,
    reveals_at = :reveals_at, document = :document
WHERE id = :id AND version = :base

-- name: forget_reports
DELETE FROM review_reports WHERE review = ?

-- name: remember_report
INSERT INTO review_reports (reporter, review) VALUES (?, ?)

-- name: rating
SELECT stars, count(*) FROM reviews WHERE seller = ? AND is_public = 1 AND author = 'customer' GROUP BY stars

-- name: booking
SELECT id, car, seller, customer, completed_at FROM reviewable_bookings WHERE id = ?

-- name: bookings
SELECT id, car, seller, customer, completed_at FROM reviewable_bookings WHERE id > ? ORDER BY id LIMIT ?

-- name: tell_booking
INSERT INTO reviewable_bookings (id, car, seller, customer, completed_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING

-- name: forget_customer
UPDATE reviewable_bookings SET customer = NULL WHERE customer = ?
