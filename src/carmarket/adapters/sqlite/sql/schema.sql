-- What all migrations together make; a test holds the two to each other.

CREATE TABLE listings (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,          -- 16 bytes; their order is the order of the ids
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    seller BLOB NOT NULL,
    vin TEXT,
    expires_at INTEGER,               -- milliseconds since 1970, UTC
    document BLOB NOT NULL            -- the whole listing as JSON
) STRICT;

CREATE INDEX listings_by_seller ON listings (seller, id);
CREATE INDEX listings_by_status ON listings (status, id);
CREATE INDEX listings_by_expiry ON listings (expires_at) WHERE status = 'published';
CREATE UNIQUE INDEX listings_live_vin ON listings (vin)
    WHERE vin IS NOT NULL AND status IN ('pending', 'published', 'paused', 'reserved');

-- The log: one writer, so positions become visible in their order.
CREATE TABLE events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    key BLOB NOT NULL,                -- the aggregate
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    at INTEGER NOT NULL,              -- milliseconds since 1970, UTC
    data BLOB NOT NULL
) STRICT;

CREATE TABLE readers (
    name TEXT PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT;

-- Tokens of index snapshots that this very database has seen.
CREATE TABLE marks (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    token BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE imports (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    is_finished INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT;

CREATE INDEX imports_unfinished ON imports (id) WHERE is_finished = 0;

-- Blocked periods of a car are disjoint: `add` looks at the neighbour, inside the one transaction that writes.
CREATE TABLE bookings (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    car BLOB NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB NOT NULL,
    begins INTEGER NOT NULL,          -- of what it blocks: milliseconds since 1970, UTC
    ends INTEGER NOT NULL,            -- the first millisecond behind it
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

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    dealer BLOB,                      -- whom they work for
    roles TEXT NOT NULL,              -- all of them, such as ",admin,customer,"
    is_erased INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX users_by_dealer ON users (dealer, id) WHERE dealer IS NOT NULL;

-- A mailbox in lower case, or an identity at another provider: each is one person's.
CREATE TABLE user_keys (
    key TEXT PRIMARY KEY,
    user BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX user_keys_by_user ON user_keys (user);

CREATE TABLE dealers (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX dealers_by_status ON dealers (status, id);

-- Whom a dealer has asked to work there, so that it is found by who is asked.

CREATE TABLE invited (
    mailbox TEXT NOT NULL,
    dealer BLOB NOT NULL,
    PRIMARY KEY (mailbox, dealer)
) STRICT, WITHOUT ROWID;

CREATE INDEX invited_by_dealer ON invited (dealer);

-- Who says that they have forgotten their password, until a letter is sent or there turns out to be no account.

CREATE TABLE reset_requests (
    mailbox TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    at INTEGER NOT NULL               -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE INDEX reset_requests_by_time ON reset_requests (at);

CREATE TABLE sessions (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    user BLOB NOT NULL,
    created_at INTEGER NOT NULL,      -- milliseconds since 1970, UTC
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user, id);
CREATE INDEX sessions_by_age ON sessions (created_at);

CREATE TABLE audit (
    id BLOB PRIMARY KEY,
    subject BLOB NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_subject ON audit (subject, id);

CREATE TABLE reviews (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB,                    -- none: the person has erased themselves
    author TEXT NOT NULL,             -- the side that wrote it
    stars INTEGER NOT NULL,
    is_public INTEGER NOT NULL,
    is_waiting INTEGER NOT NULL,      -- for a moderator
    reveals_at INTEGER,               -- none: it was revealed
    created_at INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reviews_by_seller ON reviews (seller, created_at, id);
CREATE INDEX reviews_by_customer ON reviews (customer, created_at, id);
CREATE INDEX reviews_public ON reviews (seller, author, created_at, id) WHERE is_public = 1;
CREATE INDEX reviews_stars ON reviews (seller, author, is_public, stars) WHERE is_public = 1;
CREATE INDEX reviews_waiting ON reviews (created_at, id) WHERE is_waiting = 1;
CREATE INDEX reviews_hidden ON reviews (reveals_at) WHERE reveals_at IS NOT NULL;

-- Who has reported what, to find the reports of a person.
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

CREATE TABLE enquiries (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB,                    -- none: the person has erased themselves
    assignee BLOB,                    -- who answers for the seller
    created_at INTEGER NOT NULL,
    document BLOB NOT NULL            -- with all messages
) STRICT, WITHOUT ROWID;

CREATE INDEX enquiries_by_seller ON enquiries (seller, created_at, id);
CREATE INDEX enquiries_by_customer ON enquiries (customer, created_at, id);
CREATE INDEX enquiries_by_assignee ON enquiries (assignee, created_at, id) WHERE assignee IS NOT NULL;

-- An id, which may stand for an Idempotency-Key, is of one message in one enquiry.
CREATE TABLE enquiry_messages (
    id BLOB PRIMARY KEY,
    enquiry BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX enquiry_messages_by_enquiry ON enquiry_messages (enquiry);

CREATE TABLE enquirable_cars (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    seller BLOB NOT NULL,
    is_enquirable INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When customers are to be reminded of what they have booked; a row goes once they are.

CREATE TABLE reminders (
    booking BLOB PRIMARY KEY,
    at INTEGER NOT NULL               -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE INDEX reminders_by_time ON reminders (at);

CREATE TABLE saved_searches (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    owner BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX saved_searches_by_owner ON saved_searches (owner, created_at, id);

-- Active searches alone have keys; `core/search/keys.py` says which.
CREATE TABLE saved_search_keys (
    key TEXT NOT NULL,
    search BLOB NOT NULL,
    PRIMARY KEY (key, search)
) STRICT, WITHOUT ROWID;

CREATE INDEX saved_search_keys_by_search ON saved_search_keys (search);

CREATE TABLE alerts (
    id BLOB PRIMARY KEY,              -- of the search, the car and its version
    search BLOB NOT NULL,
    owner BLOB NOT NULL,
    at INTEGER NOT NULL,              -- milliseconds since 1970, UTC
    letter BLOB NOT NULL,
    due_at INTEGER NOT NULL,
    told_at INTEGER,                  -- what the document says of it does not count
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX alerts_by_owner ON alerts (owner, at DESC, id);
CREATE INDEX alerts_by_search ON alerts (search, at DESC, id);
CREATE INDEX alerts_by_letter ON alerts (letter, id);
CREATE INDEX alerts_due ON alerts (due_at, letter) WHERE told_at IS NULL;
CREATE INDEX alerts_told ON alerts (told_at) WHERE told_at IS NOT NULL;

CREATE TABLE webhooks (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    seller BLOB,                      -- NULL: of administrators
    is_active INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX webhooks_by_seller ON webhooks (seller, id);

-- Events on their way to a webhook; the event is kept, for the log forgets it before people have given up.
CREATE TABLE deliveries (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    webhook BLOB NOT NULL,
    status TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,                  -- of pending ones: milliseconds since 1970, UTC
    reply_status INTEGER,
    reply_said TEXT,                  -- NULL: it was not tried yet
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX deliveries_by_webhook ON deliveries (webhook, created_at, id);
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (updated_at) WHERE next_at IS NULL;

-- A queue for each reader and key, in the order of positions. The events stand here, for the log may forget them.
CREATE TABLE parked_events (
    reader TEXT NOT NULL,
    position INTEGER NOT NULL,
    key BLOB NOT NULL,
    type TEXT NOT NULL,
    type_version INTEGER NOT NULL,
    data BLOB NOT NULL,
    parked_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try INTEGER,                 -- none: it is dead
    error TEXT NOT NULL,
    PRIMARY KEY (reader, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_events_by_key ON parked_events (reader, key, position);
CREATE INDEX parked_events_dead ON parked_events (position, reader) WHERE next_try IS NULL;
