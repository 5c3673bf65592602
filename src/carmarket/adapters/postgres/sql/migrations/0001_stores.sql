-- Listings, imports, bookings, enquiries, webhooks, and what their aggregates have told.

CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE listings (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    status text NOT NULL,
    seller uuid NOT NULL,
    vin text,
    expires_at timestamptz,
    document bytea NOT NULL                    -- the whole listing as JSON
);

CREATE INDEX listings_by_seller ON listings (seller, id);
CREATE INDEX listings_by_status ON listings (status, id);
CREATE INDEX listings_by_expiry ON listings (expires_at) WHERE status = 'published';
CREATE UNIQUE INDEX listings_live_vin ON listings (vin)
    WHERE status IN ('pending', 'published', 'paused', 'reserved');

-- What was told and nobody has published yet. Who saves holds the aggregate's row before it writes here, so that of
-- one key the numbers stand in the order of versions.
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    part smallint NOT NULL,                    -- of the key; a relay takes one part at a time
    key uuid NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    type_version integer NOT NULL,
    at timestamptz NOT NULL,
    data bytea NOT NULL
);

CREATE INDEX outbox_by_part ON outbox (part, number);

-- Where no broker is: the log. Whoever reads moves what was told here, one at a time, so that positions become visible
-- in their order.
CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    type_version integer NOT NULL,
    at timestamptz NOT NULL,
    data bytea NOT NULL
);

CREATE FUNCTION outbox_grew() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('carmarket_outbox', ''); RETURN NULL; END $$;

CREATE TRIGGER outbox_grew AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION outbox_grew();

CREATE TABLE readers (
    name text PRIMARY KEY,
    position bigint NOT NULL
);

-- Tokens of index snapshots that this very database has seen.
CREATE TABLE marks (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token uuid NOT NULL UNIQUE
);

CREATE TABLE imports (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    is_finished boolean NOT NULL,
    document bytea NOT NULL
);

CREATE INDEX imports_unfinished ON imports (id) WHERE NOT is_finished;

-- Half-open periods; those that block a car are disjoint.
CREATE TABLE bookings (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    status text NOT NULL,
    kind text NOT NULL,
    car uuid NOT NULL,
    seller uuid NOT NULL,
    customer uuid NOT NULL,
    blocked tstzrange NOT NULL,
    lapses_at timestamptz,
    remind_at timestamptz,
    document bytea NOT NULL,
    CONSTRAINT bookings_disjoint EXCLUDE USING gist (car WITH =, blocked WITH &&)
        WHERE (status IN ('held', 'requested', 'confirmed'))
);

CREATE INDEX bookings_by_car ON bookings (car, id);
CREATE INDEX bookings_by_seller ON bookings (seller, id);
CREATE INDEX bookings_by_customer ON bookings (customer, id);
CREATE INDEX bookings_lapsing ON bookings (lapses_at) WHERE lapses_at IS NOT NULL;
CREATE INDEX bookings_to_remind ON bookings (remind_at) WHERE remind_at IS NOT NULL;

CREATE TABLE bookable_cars (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    seller uuid NOT NULL,
    is_bookable boolean NOT NULL
);

CREATE TABLE dealer_rules (
    seller uuid PRIMARY KEY,
    version bigint NOT NULL,
    document bytea NOT NULL
);

-- A queue for each reader and key, in the order of positions. The events stand here, for the log may forget them.
CREATE TABLE parked_events (
    reader text NOT NULL,
    position bigint NOT NULL,
    key uuid NOT NULL,
    type text NOT NULL,
    type_version integer NOT NULL,
    data bytea NOT NULL,
    parked_at timestamptz NOT NULL,
    tries integer NOT NULL,
    next_try timestamptz,                      -- none: it is dead
    error bytea NOT NULL,                      -- a text, which may hold what text cannot
    PRIMARY KEY (reader, position)
);

CREATE INDEX parked_events_by_key ON parked_events (reader, key, position);
CREATE INDEX parked_events_dead ON parked_events (position, reader) WHERE next_try IS NULL;

CREATE TABLE enquiries (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    status text NOT NULL,
    seller uuid NOT NULL,
    customer uuid,
    assignee uuid,
    created_at timestamptz NOT NULL,
    document bytea NOT NULL
);

CREATE INDEX enquiries_by_seller ON enquiries (seller, created_at, id);
CREATE INDEX enquiries_by_customer ON enquiries (customer, created_at, id) WHERE customer IS NOT NULL;
CREATE INDEX enquiries_by_assignee ON enquiries (assignee, created_at, id) WHERE assignee IS NOT NULL;

-- In which enquiry a message is.
CREATE TABLE enquiry_messages (
    id uuid PRIMARY KEY,
    enquiry uuid NOT NULL
);

CREATE INDEX enquiry_messages_by_enquiry ON enquiry_messages (enquiry);

CREATE TABLE enquirable_cars (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    seller uuid NOT NULL,
    is_enquirable boolean NOT NULL
);

CREATE TABLE webhooks (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    seller uuid,
    user_id uuid NOT NULL,
    is_active boolean NOT NULL,
    document bytea NOT NULL
);

CREATE INDEX webhooks_by_seller ON webhooks (seller, id);

CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    webhook uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    status text NOT NULL,
    attempts integer NOT NULL,
    next_at timestamptz,
    reply_status integer,
    reply_said bytea,                          -- a text; none: it was not tried yet
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    type text NOT NULL,
    type_version integer NOT NULL,
    data bytea NOT NULL
);

CREATE INDEX deliveries_by_webhook ON deliveries (webhook, created_at, id);
CREATE INDEX deliveries_due ON deliveries (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_ended ON deliveries (updated_at) WHERE next_at IS NULL;
