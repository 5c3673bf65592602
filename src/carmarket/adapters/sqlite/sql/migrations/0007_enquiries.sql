-- Enquiries, and what enquiries know of cars.

CREATE TABLE enquiries (
    id BLOB PRIMARY KEY,
    version INTEGER NOT NULL,
    status TEXT NOT NULL,
    seller BLOB NOT NULL,
    customer BLOB,
    assignee BLOB,
    created_at INTEGER NOT NULL,
    document BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX enquiries_by_seller ON enquiries (seller, created_at, id);
CREATE INDEX enquiries_by_customer ON enquiries (customer, created_at, id);
CREATE INDEX enquiries_by_assignee ON enquiries (assignee, created_at, id) WHERE assignee IS NOT NULL;

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
