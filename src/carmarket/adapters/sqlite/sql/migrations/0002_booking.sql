-- Bookings, and what booking knows of cars and dealers.

CREATE TABLE bookings (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    car BLOB NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB NOT NULL,
    begins INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    lapses_at INTEGER,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX bookings_blocking ON bookings (car, begins, ends) WHERE status IN ('held', 'requested', 'confirmed');
CREATE INDEX bookings_by_car ON bookings (car, id);
CREATE INDEX bookings_by_seller ON bookings (seller, id);
CREATE INDEX bookings_by_customer ON bookings (customer, id);
CREATE INDEX bookings_lapsing ON bookings (lapses_at) WHERE lapses_at IS NOT NULL;

CREATE TABLE bookable_cars (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    seller BLOB NOT NULL,
    is_bookable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dealer_rules (
    seller BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;
