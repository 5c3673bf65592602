-- What can be found while the search index is away: of each car and of each booking the newest that was told.

CREATE TABLE fallback_cars (
    id uuid PRIMARY KEY,
    version bigint NOT NULL,
    newest bigint,                             -- what the newest are sorted by; none: not before the public
    seller uuid,
    make text,
    model text,
    trim text,
    body text,
    fuel text,
    transmission text,
    drivetrain text,
    colour text,
    condition text,
    features text[],
    words text[],
    price bigint,
    year bigint,
    odometer bigint,
    power bigint,
    latitude double precision,
    longitude double precision
);

CREATE INDEX fallback_cars_newest ON fallback_cars (newest, id) WHERE newest IS NOT NULL;
CREATE INDEX fallback_cars_by_words ON fallback_cars USING gin (words) WHERE newest IS NOT NULL;
CREATE INDEX fallback_cars_by_model ON fallback_cars (make, model) WHERE newest IS NOT NULL;
CREATE INDEX fallback_cars_by_seller ON fallback_cars (seller, newest, id) WHERE newest IS NOT NULL;

-- Apart from what is looked through, so that to count cars is to read narrow rows.
CREATE TABLE fallback_entries (
    id uuid PRIMARY KEY,
    document bytea NOT NULL
);

CREATE TABLE fallback_bookings (
    car uuid NOT NULL,
    id uuid NOT NULL,
    version bigint NOT NULL,
    blocks boolean NOT NULL,
    period tstzrange NOT NULL,
    PRIMARY KEY (car, id)
);

CREATE INDEX fallback_bookings_blocking ON fallback_bookings USING gist (car, period) WHERE blocks;
