-- What programs that act for people may call through an application. None: nothing.
CREATE TABLE delegation_policies (
	corp       TEXT   NOT NULL,
	agent      BIGINT NOT NULL,
	reads      BOOLEAN NOT NULL, -- every reading operation
	operations TEXT   NOT NULL, -- and these, one a line
	set_by     TEXT   NOT NULL,
	set_at     BIGINT NOT NULL,
	PRIMARY KEY (corp, agent)
);

-- Calls of such programs that wait for their person's confirmation.
CREATE TABLE delegation_requests (
	corp       TEXT   NOT NULL,
	userid     TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	agent      BIGINT NOT NULL,
	delegate   TEXT   NOT NULL, -- as the program calls itself
	operation  TEXT   NOT NULL,
	arguments  BYTEA  NOT NULL, -- sealed
	digest     TEXT   NOT NULL, -- of app, operation and arguments
	state      TEXT   NOT NULL, -- waiting, approved, rejected, used
	created_at BIGINT NOT NULL, -- by the corp's clock
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (corp, userid, id)
);
