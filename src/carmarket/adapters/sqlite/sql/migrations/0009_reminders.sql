-- When customers are to be reminded of what they have booked; a row goes once they are.

CREATE TABLE reminders (
    booking BLOB PRIMARY KEY,
    at INTEGER NOT NULL               -- milliseconds since 1970, UTC
) STRICT, WITHOUT ROWID;

CREATE INDEX reminders_by_time ON reminders (at);
