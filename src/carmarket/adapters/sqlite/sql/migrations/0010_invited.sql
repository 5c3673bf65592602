-- Whom a dealer has asked to work there, so that it is found by who is asked.

CREATE TABLE invited (
    mailbox TEXT NOT NULL,
    dealer BLOB NOT NULL,
    PRIMARY KEY (mailbox, dealer)
) STRICT, WITHOUT ROWID;

CREATE INDEX invited_by_dealer ON invited (dealer);

INSERT INTO invited (mailbox, dealer)
SELECT DISTINCT lower(json_extract(invitation.value, '$.email')), dealers.id
FROM dealers, json_each(CAST(dealers.document AS TEXT), '$.invitations') AS invitation;
