-- name: tell_car
-- What is told once more is written anew, for prices may have been reckoned at other rates.
WITH written AS (
    INSERT INTO fallback_cars (id, version, newest, seller, make, model, trim, body, fuel, transmission, drivetrain,
        colour, condition, features, words, price, year, odometer, power, latitude, longitude)
    VALUES (%(id)s, %(version)s, %(newest)s, %(seller)s, %(make)s, %(model)s, %(trim)s, %(body)s, %(fuel)s,
        %(transmission)s, %(drivetrain)s, %(colour)s, %(condition)s, %(features)s, %(words)s, %(price)s, %(year)s,
        %(odometer)s, %(power)s, %(latitude)s, %(longitude)s)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, newest = excluded.newest, seller = excluded.seller,
        make = excluded.make, model = excluded.model, trim = excluded.trim, body = excluded.body, fuel = excluded.fuel,
        transmission = excluded.transmission, drivetrain = excluded.drivetrain, colour = excluded.colour,
        condition = excluded.condition, features = excluded.features, words = excluded.words, price = excluded.price,
        year = excluded.year, odometer = excluded.odometer, power = excluded.power, latitude = excluded.latitude,
        longitude = excluded.longitude
    WHERE fallback_cars.version <= excluded.version RETURNING id
)
INSERT INTO fallback_entries (id, document) SELECT id, %(document)s FROM written
ON CONFLICT (id) DO UPDATE SET document = excluded.document

-- name: tell_booking
INSERT INTO fallback_bookings (car, id, version, blocks, period)
VALUES (%(car)s, %(id)s, %(version)s, %(blocks)s, tstzrange(%(begins)s, %(ends)s))
ON CONFLICT (car, id) DO UPDATE
SET version = excluded.version, blocks = excluded.blocks, period = excluded.period
WHERE fallback_bookings.version < excluded.version

-- name: get
SELECT document FROM fallback_entries JOIN fallback_cars USING (id) WHERE id = %(id)s AND newest IS NOT NULL
