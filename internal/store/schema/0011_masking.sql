-- What a corp blurs beyond the declarations.
CREATE TABLE mask_rules (
	corp        TEXT    NOT NULL,
	id          BIGINT  NOT NULL,
	field       TEXT    NOT NULL, -- a name, or a path with [] for members
	kind        TEXT    NOT NULL, -- phone, idcard, email, name, bankcard, pattern, hide
	pattern     TEXT    NOT NULL, -- of kind pattern
	replacement TEXT    NOT NULL,
	operation   TEXT    NOT NULL, -- path, or METHOD and route; '': all
	agent       BIGINT  NOT NULL, -- 0: all
	lacks       TEXT    NOT NULL, -- only callers without this permission point; '': all
	grade       TEXT    NOT NULL, -- only callers of this data grade; '': all
	enabled     BOOLEAN NOT NULL,
	reason      TEXT    NOT NULL,
	created_by  TEXT    NOT NULL,
	created_at  BIGINT  NOT NULL,
	PRIMARY KEY (corp, id)
);

-- People of whom applications see ids only.
CREATE TABLE protected_people (
	corp         TEXT   NOT NULL,
	userid       TEXT   NOT NULL,
	reason       TEXT   NOT NULL,
	protected_by TEXT   NOT NULL,
	protected_at BIGINT NOT NULL,
	PRIMARY KEY (corp, userid)
);

-- Applications that see a protected person until a date.
CREATE TABLE protection_waivers (
	corp      TEXT   NOT NULL,
	userid    TEXT   NOT NULL,
	agent     BIGINT NOT NULL,
	until     BIGINT NOT NULL, -- by the corp's clock
	reason    TEXT   NOT NULL,
	waived_by TEXT   NOT NULL,
	waived_at BIGINT NOT NULL,
	PRIMARY KEY (corp, userid, agent)
);
