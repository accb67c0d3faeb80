-- What a corp asks of every call beside what each application was granted.

-- An operation that is not open to every application. The corp '' is the platform: what its operator switched, for all.
CREATE TABLE operation_switches (
	corp        TEXT   NOT NULL,
	operation   TEXT   NOT NULL, -- '/topapi/v2/user/get', 'GET /v1.0/contact/users/{unionId}'
	state       TEXT   NOT NULL, -- closed, allowed
	apps        TEXT   NOT NULL, -- JSON list of AppKeys: for whom an allowed one is open
	reason      TEXT   NOT NULL,
	switched_by TEXT   NOT NULL,
	switched_at BIGINT NOT NULL,
	PRIMARY KEY (corp, operation)
);

CREATE TABLE corp_policies (
	corp          TEXT    NOT NULL,
	require_https BOOLEAN NOT NULL,
	PRIMARY KEY (corp)
);
