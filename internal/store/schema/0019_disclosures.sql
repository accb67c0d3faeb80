-- Who saw, or changed, which graded fields of whom: a chain for each corp.

CREATE TABLE disclosures (
	corp    TEXT   NOT NULL,
	seq     BIGINT NOT NULL, -- from 1, without gaps
	at      BIGINT NOT NULL,
	call    TEXT   NOT NULL,
	content TEXT   NOT NULL, -- JSON, of which the hash is; holds the hash of the record before
	hash    TEXT   NOT NULL,
	PRIMARY KEY (corp, seq)
);
CREATE INDEX disclosures_call ON disclosures (corp, call);

-- The platform's signature under a record, and thereby under all before it.
CREATE TABLE disclosure_seals (
	corp TEXT   NOT NULL,
	seq  BIGINT NOT NULL,
	hash TEXT   NOT NULL,
	at   BIGINT NOT NULL,
	sig  BYTEA  NOT NULL,
	PRIMARY KEY (corp, seq)
);

-- What the retention removed from the front of a chain.
CREATE TABLE disclosure_tombstones (
	corp     TEXT   NOT NULL,
	from_seq BIGINT NOT NULL,
	seq      BIGINT NOT NULL, -- the last that was removed
	hash     TEXT   NOT NULL,
	removed  BIGINT NOT NULL,
	at       BIGINT NOT NULL,
	sig      BYTEA  NOT NULL,
	PRIMARY KEY (corp)
);
