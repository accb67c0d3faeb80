-- Keys under the master key, and what is sealed under them.

CREATE TABLE data_keys (
	corp       TEXT   NOT NULL, -- '': of the platform
	purpose    TEXT   NOT NULL, -- root, data, index
	id         BIGINT NOT NULL, -- 0: of the rows that are not sealed yet
	wrapped    BYTEA, -- under the master key; NULL: of key 0
	state      TEXT   NOT NULL, -- active, retiring, retired
	created_at BIGINT NOT NULL,
	PRIMARY KEY (corp, purpose, id)
);

-- Which node does what only one should.
CREATE TABLE leases (
	name   TEXT   NOT NULL PRIMARY KEY,
	holder TEXT   NOT NULL,
	until  BIGINT NOT NULL
);

-- The corps there are have rows in clear.
INSERT INTO data_keys (corp, purpose, id, wrapped, state, created_at)
	SELECT corp, 'data', 0, NULL, 'retiring', created_at FROM corps;

-- sealed holds all fields of grade R2 together; their columns are empty once key_id is not 0. The others are digests of
-- values under the corp's index key, and person_index under the platform's.
ALTER TABLE people ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE people ADD COLUMN sealed BYTEA;
ALTER TABLE people ADD COLUMN mobile_index TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN email_index TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN person_index TEXT NOT NULL DEFAULT '';
DROP INDEX people_mobile;
DROP INDEX people_email;
DROP INDEX people_everywhere;
CREATE UNIQUE INDEX people_mobile ON people (corp, mobile_index) WHERE state = 'employed' AND mobile_index <> '';
CREATE UNIQUE INDEX people_email ON people (corp, email_index) WHERE state = 'employed' AND email_index <> '';
CREATE INDEX people_everywhere ON people (person_index);
CREATE INDEX people_key ON people (corp, key_id);

ALTER TABLE ext_contacts ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE ext_contacts ADD COLUMN sealed BYTEA;
ALTER TABLE ext_contacts ADD COLUMN mobile_index TEXT NOT NULL DEFAULT '';
DROP INDEX ext_contacts_mobile;
CREATE UNIQUE INDEX ext_contacts_mobile ON ext_contacts (corp, mobile_index) WHERE mobile_index <> '';
CREATE INDEX ext_contacts_key ON ext_contacts (corp, key_id);

-- 0: sealed under the root key.
ALTER TABLE app_secrets ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX app_secrets_key ON app_secrets (corp, key_id);
ALTER TABLE corp_secrets ADD COLUMN key_id BIGINT NOT NULL DEFAULT 0;
CREATE INDEX corp_secrets_key ON corp_secrets (corp, key_id);
