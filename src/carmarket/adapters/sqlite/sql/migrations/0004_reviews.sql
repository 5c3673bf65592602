-- Reviews, and which bookings can be reviewed.

CREATE TABLE reviews (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB,
    author TEXT NOT NULL,
    stars INTEGER NOT NULL,
    is_public INTEGER NOT NULL,
    is_waiting INTEGER NOT NULL,
    reveals_at INTEGER,
    created_at INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reviews_by_seller ON reviews (seller, created_at, id);
CREATE INDEX reviews_by_customer ON reviews (customer, created_at, id);
CREATE INDEX reviews_public ON reviews (seller, author, created_at, id) WHERE is_public = 1;
CREATE INDEX reviews_stars ON reviews (seller, author, is_public, stars) WHERE is_public = 1;
CREATE INDEX reviews_waiting ON reviews (created_at, id) WHERE is_waiting = 1;
CREATE INDEX reviews_hidden ON reviews (reveals_at) WHERE reveals_at IS NOT NULL;

CREATE TABLE review_reports (
    reporter BLOB NOT NULL,
    review BLOB NOT NULL,
    PRIMARY KEY (reporter, review)
) STRICT, WITHOUT ROWID;

CREATE INDEX review_reports_by_review ON review_reports (review);

CREATE TABLE reviewable_bookings (
    id BLOB PRIMARY KEY,
    car BLOB NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB,
    completed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reviewable_bookings_by_customer ON reviewable_bookings (customer);
