-- Faults that a sandbox corp has caused on purpose in its deliveries.
CREATE TABLE faults (
	corp         TEXT   NOT NULL,
	id           BIGINT NOT NULL,
	agent        BIGINT NOT NULL, -- 0: of every app
	subscription BIGINT NOT NULL, -- 0: every one
	names        TEXT   NOT NULL, -- JSON list of events; []: every one
	kind         TEXT   NOT NULL,
	by_ms        BIGINT NOT NULL, -- how long, where the kind has a length
	percent      BIGINT NOT NULL, -- of the tries that it is about
	seed         BIGINT NOT NULL, -- from which follows which of them
	remaining    BIGINT NOT NULL, -- tries that it may still hit; -1: any number
	ends_at      BIGINT NOT NULL, -- in real time
	set_at       BIGINT NOT NULL,
	set_by       TEXT   NOT NULL,
	PRIMARY KEY (corp, id)
);

-- Subscriptions whose callbacks go to a developer's machine.
CREATE TABLE tunnels (
	corp         TEXT    NOT NULL,
	subscription BIGINT  NOT NULL,
	agent        BIGINT  NOT NULL,
	opened_by    TEXT    NOT NULL,
	kept         BOOLEAN NOT NULL, -- stays when the listener leaves
	ticket       TEXT    NOT NULL, -- digest of the one that lets the next connection in; '': used
	ticket_until BIGINT  NOT NULL, -- in real time
	serial       BIGINT  NOT NULL, -- of the connection that was let in last
	ends_at      BIGINT  NOT NULL, -- in real time; moved on while somebody listens
	PRIMARY KEY (corp, subscription)
);
