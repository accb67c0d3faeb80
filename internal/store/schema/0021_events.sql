-- What happened, written in the transaction of the change. A payload is kept for as long as anybody may still have to be
-- told, and for the retention after that.
CREATE TABLE events (
	corp    TEXT   NOT NULL,
	id      BIGINT NOT NULL, -- grows with time, and for one object with the order of its changes
	name    TEXT   NOT NULL,
	object  TEXT   NOT NULL, -- what it happened to: its events are delivered in their order
	at      BIGINT NOT NULL, -- by the corp's clock
	made_at BIGINT NOT NULL, -- in real time
	key_id  BIGINT NOT NULL,
	sealed  BYTEA  NOT NULL, -- the payload, JSON
	told    BIGINT NOT NULL, -- subscriptions that were to be told when it happened: each of them leaves a trace
	PRIMARY KEY (corp, id)
);
CREATE INDEX events_object ON events (corp, object, id);
CREATE INDEX events_name ON events (corp, name, id);
CREATE INDEX events_key ON events (corp, key_id);

-- How an application is told.
CREATE TABLE subscriptions (
	corp          TEXT    NOT NULL,
	id            BIGINT  NOT NULL,
	agent         BIGINT  NOT NULL,
	way           TEXT    NOT NULL, -- callback, stream, database, pull
	origin        TEXT    NOT NULL, -- console, api, suite: what the way needs to know of how it came to be
	test_group    TEXT    NOT NULL, -- '': production
	target        TEXT    NOT NULL, -- where to: an address without secrets
	settings      TEXT    NOT NULL, -- JSON of the way
	key_id        BIGINT  NOT NULL,
	sealed        BYTEA   NOT NULL, -- secrets of the way
	ordered       BOOLEAN NOT NULL,
	most          BIGINT  NOT NULL, -- deliveries under way at once
	timeout_ms    BIGINT  NOT NULL,
	state         TEXT    NOT NULL, -- on, paused, off
	reason        TEXT    NOT NULL, -- of a state that the platform chose
	failing_since BIGINT  NOT NULL, -- 0: the last delivery succeeded
	created_at    BIGINT  NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE INDEX subscriptions_agent ON subscriptions (corp, agent, id);
CREATE INDEX subscriptions_key ON subscriptions (corp, key_id);

-- Which events a subscription takes; '*' for all that its application may know.
CREATE TABLE subscribed (
	corp         TEXT   NOT NULL,
	name         TEXT   NOT NULL,
	subscription BIGINT NOT NULL,
	PRIMARY KEY (corp, name, subscription)
);
CREATE INDEX subscribed_by ON subscribed (corp, subscription, name);

-- Who is still to be told of what. A row is there exactly until it was accepted or given up.
CREATE TABLE deliveries (
	corp         TEXT    NOT NULL,
	subscription BIGINT  NOT NULL,
	event        BIGINT  NOT NULL,
	object       TEXT    NOT NULL,
	next_at      BIGINT  NOT NULL, -- in real time
	attempts     BIGINT  NOT NULL,
	replayed     BOOLEAN NOT NULL, -- told again because somebody asked for it
	PRIMARY KEY (corp, subscription, event)
);
CREATE INDEX deliveries_due ON deliveries (corp, subscription, next_at, event);

-- What became of each try.
CREATE TABLE attempts (
	corp         TEXT    NOT NULL,
	subscription BIGINT  NOT NULL,
	event        BIGINT  NOT NULL,
	id           BIGINT  NOT NULL,
	at           BIGINT  NOT NULL, -- in real time
	took_us      BIGINT  NOT NULL,
	outcome      TEXT    NOT NULL, -- accepted, failed, later, dropped
	status       BIGINT  NOT NULL, -- of the answer; 0: none came
	answer       TEXT    NOT NULL, -- its beginning, or what went wrong
	injected     TEXT    NOT NULL, -- fault that the platform caused on purpose; '': none
	replayed     BOOLEAN NOT NULL,
	PRIMARY KEY (corp, subscription, event, id)
);
CREATE INDEX attempts_id ON attempts (corp, id);

-- What was given up, until it is delivered again or forgotten.
CREATE TABLE dead_deliveries (
	corp         TEXT   NOT NULL,
	subscription BIGINT NOT NULL,
	event        BIGINT NOT NULL,
	object       TEXT   NOT NULL,
	attempts     BIGINT NOT NULL,
	reason       TEXT   NOT NULL,
	died_at      BIGINT NOT NULL,
	PRIMARY KEY (corp, subscription, event)
);
