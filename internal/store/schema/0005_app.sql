-- Applications, their secrets, what they were granted and what they may see.

CREATE TABLE apps (
	corp          TEXT    NOT NULL,
	agent         BIGINT  NOT NULL,
	app_key       TEXT    NOT NULL,
	name          TEXT    NOT NULL,
	description   TEXT    NOT NULL,
	state         TEXT    NOT NULL, -- enabled, disabled
	grade         TEXT    NOT NULL, -- R1: sensitive answers are masked, R2: they are not
	strict        BOOLEAN NOT NULL, -- refuses unknown fields
	range_all     BOOLEAN NOT NULL, -- sees the whole directory; otherwise what app_range lists
	ips           TEXT    NOT NULL, -- JSON list; empty: any address
	redirect_urls TEXT    NOT NULL, -- JSON list
	created_at    BIGINT  NOT NULL,
	PRIMARY KEY (corp, agent)
);
CREATE UNIQUE INDEX apps_key ON apps (app_key);
CREATE UNIQUE INDEX apps_name ON apps (corp, name);

CREATE TABLE app_secrets (
	corp       TEXT   NOT NULL,
	agent      BIGINT NOT NULL,
	id         TEXT   NOT NULL,
	sealed     BYTEA  NOT NULL,
	hint       TEXT   NOT NULL, -- the last four characters
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL, -- 0: never
	used_at    BIGINT NOT NULL, -- 0: never
	PRIMARY KEY (corp, agent, id)
);

CREATE TABLE app_scopes (
	corp       TEXT   NOT NULL,
	agent      BIGINT NOT NULL,
	scope      TEXT   NOT NULL,
	reason     TEXT   NOT NULL,
	granted_by TEXT   NOT NULL,
	granted_at BIGINT NOT NULL,
	PRIMARY KEY (corp, agent, scope)
);

-- One department or one person that an application may see.
CREATE TABLE app_range (
	corp       TEXT   NOT NULL,
	agent      BIGINT NOT NULL,
	department BIGINT NOT NULL, -- 0: a person
	userid     TEXT   NOT NULL, -- '': a department
	PRIMARY KEY (corp, agent, department, userid)
);
