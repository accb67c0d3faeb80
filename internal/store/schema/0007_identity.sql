-- Tokens of every kind: of applications, of people, tickets, console sessions.
CREATE TABLE tokens (
	corp       TEXT    NOT NULL,
	serial     BIGINT  NOT NULL,
	kind       TEXT    NOT NULL,
	agent      BIGINT  NOT NULL, -- 0: of no application
	app        TEXT    NOT NULL,
	userid     TEXT    NOT NULL, -- '': of no person
	consent    TEXT    NOT NULL, -- permission points, comma-separated; '*': all that the application has
	created_at BIGINT  NOT NULL,
	expires_at BIGINT  NOT NULL,
	ended_at   BIGINT  NOT NULL, -- 0: not revoked, not replaced
	latest     BOOLEAN NOT NULL, -- the one that a repeated request gets again
	PRIMARY KEY (corp, serial)
);
CREATE UNIQUE INDEX tokens_latest ON tokens (corp, agent, kind) WHERE latest;
CREATE UNIQUE INDEX tokens_serial ON tokens (serial);
CREATE INDEX tokens_expiry ON tokens (expires_at);
CREATE INDEX tokens_person ON tokens (corp, userid);
CREATE INDEX tokens_agent ON tokens (corp, agent);

-- Single-use sign-in codes, by digest.
CREATE TABLE login_codes (
	corp       TEXT   NOT NULL,
	digest     TEXT   NOT NULL,
	kind       TEXT   NOT NULL, -- 'login' or 'admin'
	agent      BIGINT NOT NULL,
	userid     TEXT   NOT NULL,
	consent    TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL,
	PRIMARY KEY (corp, digest)
);
CREATE INDEX login_codes_digest ON login_codes (digest);
CREATE INDEX login_codes_expiry ON login_codes (expires_at);

-- Who may sign in to the console, and with which password.
CREATE TABLE accounts (
	corp       TEXT    NOT NULL,
	userid     TEXT    NOT NULL,
	password   TEXT    NOT NULL, -- argon2id, self-describing
	operator   BOOLEAN NOT NULL, -- may act on the platform and on every corp
	created_at BIGINT  NOT NULL,
	PRIMARY KEY (corp, userid)
);
CREATE INDEX accounts_userid ON accounts (userid);

-- The secret with which a corp's admin-console sign-in is asked for.
CREATE TABLE corp_secrets (
	corp   TEXT  NOT NULL,
	kind   TEXT  NOT NULL,
	sealed BYTEA NOT NULL,
	PRIMARY KEY (corp, kind)
);
