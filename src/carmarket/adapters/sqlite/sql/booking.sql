-- name: get
SELECT document FROM bookings WHERE id = ?

-- name: version
SELECT version FROM bookings WHERE id = ?

-- name: is_bookable
SELECT 1 FROM bookable_cars WHERE id = ? AND is_bookable

-- name: neighbour
-- Of the blocking bookings of a car, which are disjoint, the last that begins before this one ends decides.
SELECT ends FROM bookings
WHERE car = ?1 AND begins < ?2 AND status IN ('held', 'requested', 'confirmed')
ORDER BY begins DESC LIMIT 1

-- name: insert
INSERT INTO bookings (id, version, status, car, seller, customer, begins, ends, lapses_at, document)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)

-- name: update
UPDATE bookings SET version = ?2, status = ?3, lapses_at = ?4, document = ?5 WHERE id = ?1 AND version = ?6

-- name: blockers
SELECT document FROM bookings
WHERE car = ?1 AND begins < ?3 AND ends > ?2 AND status IN ('held', 'requested', 'confirmed')
ORDER BY begins LIMIT 1000

-- name: car
SELECT id, version, seller, is_bookable FROM bookable_cars WHERE id = ?

-- name: cars
SELECT id, version, seller, is_bookable FROM bookable_cars WHERE id > ? ORDER BY id LIMIT ?

-- name: tell_car
INSERT INTO bookable_cars (id, version, seller, is_bookable) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (id) DO UPDATE SET version = ?2, seller = ?3, is_bookable = ?4 WHERE version < ?2

-- name: rules
SELECT document FROM dealer_rules WHERE seller = ?

-- name: all_rules
SELECT document FROM dealer_rules WHERE seller > ? ORDER BY seller LIMIT ?

-- name: tell_rules
INSERT INTO dealer_rules (seller, version, document) VALUES (?1, ?2, ?3)
ON CONFLICT (seller) DO UPDATE SET version = ?2, document = ?3 WHERE version < ?2

-- name: no_reminder
DELETE FROM reminders WHERE booking = ?

-- name: reminder
INSERT INTO reminders (booking, at) VALUES (?, ?)
