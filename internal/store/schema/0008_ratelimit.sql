-- Flow control: rules, named groups of operations, traffic packages, and what was counted.
CREATE TABLE limit_rules (
	corp       TEXT    NOT NULL, -- '': a rule of the whole platform
	id         TEXT    NOT NULL,
	level      BIGINT  NOT NULL, -- 1 or 2
	agent      BIGINT  NOT NULL, -- 0: all apps together
	operation  TEXT    NOT NULL, -- '': all; '/path' in v1, 'METHOD /path' in v2
	op_group   TEXT    NOT NULL, -- '': of no group
	span       TEXT    NOT NULL, -- second, minute or day
	most       BIGINT  NOT NULL, -- calls in one window
	shadow     BOOLEAN NOT NULL, -- counts and does not refuse
	created_at BIGINT  NOT NULL,
	created_by TEXT    NOT NULL,
	changed_at BIGINT  NOT NULL,
	changed_by TEXT    NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE UNIQUE INDEX limit_rules_subject ON limit_rules (corp, level, agent, operation, op_group, span);

-- An operation may be in several groups of a corp.
CREATE TABLE limit_groups (
	corp      TEXT NOT NULL,
	name      TEXT NOT NULL,
	operation TEXT NOT NULL,
	PRIMARY KEY (corp, name, operation)
);

CREATE TABLE limit_packages (
	corp       TEXT   NOT NULL,
	id         TEXT   NOT NULL,
	agent      BIGINT NOT NULL,
	operation  TEXT   NOT NULL,
	op_group   TEXT   NOT NULL,
	amount     BIGINT NOT NULL, -- calls granted
	used       BIGINT NOT NULL,
	starts_at  BIGINT NOT NULL, -- by the corp's clock, as ends_at
	ends_at    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	created_by TEXT   NOT NULL,
	PRIMARY KEY (corp, id)
);

-- What one node counted, so that a restart begins where it stopped.
CREATE TABLE limit_counts (
	corp      TEXT   NOT NULL,
	rule      TEXT   NOT NULL,
	starts_at BIGINT NOT NULL, -- of the window
	used      BIGINT NOT NULL,
	PRIMARY KEY (corp, rule)
);

-- The time zone in which a corp's days begin.
CREATE TABLE limit_zones (
	corp TEXT NOT NULL,
	zone TEXT NOT NULL,
	PRIMARY KEY (corp)
);
