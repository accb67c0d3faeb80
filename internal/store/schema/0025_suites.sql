-- The suite that an application is, or was opened from: '' of none. A suite itself has its own key here.
ALTER TABLE apps ADD COLUMN suite TEXT NOT NULL DEFAULT '';

-- Applications of vendors, which other corps open: what they are beside their row in apps.
CREATE TABLE suites (
	corp       TEXT    NOT NULL, -- the vendor
	agent      BIGINT  NOT NULL,
	suite      TEXT    NOT NULL, -- its key
	number     BIGINT  NOT NULL, -- suiteId
	app_number BIGINT  NOT NULL, -- appId of what is opened of it, the same in every corp
	scopes     TEXT    NOT NULL, -- JSON list: permission points that it asks for
	activates  BOOLEAN NOT NULL, -- its vendor has to activate what was opened
	ticket     BIGINT  NOT NULL, -- number of the ticket that was announced last
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (corp, agent)
);
CREATE UNIQUE INDEX suites_key ON suites (suite);

-- What a corp let a suite do.
CREATE TABLE authorizations (
	corp       TEXT   NOT NULL, -- the one that opened the suite
	agent      BIGINT NOT NULL, -- what the suite is there
	suite      TEXT   NOT NULL,
	vendor     TEXT   NOT NULL, -- the corp whose suite it is
	admin      TEXT   NOT NULL, -- who opened it
	state      TEXT   NOT NULL, -- waiting, exchanged, active
	code       TEXT   NOT NULL, -- digest of the temporary code that was made last; '': none
	code_ends  BIGINT NOT NULL,
	code_used  BIGINT NOT NULL, -- 0: not yet
	created_at BIGINT NOT NULL,
	PRIMARY KEY (corp, agent)
);
CREATE UNIQUE INDEX authorizations_suite ON authorizations (suite, corp);
