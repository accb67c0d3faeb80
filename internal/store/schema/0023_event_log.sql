-- Tries of one subscription by time: for counts, plots, and the retention, which takes them subscription by subscription.
DROP INDEX attempts_id;
CREATE INDEX attempts_time ON attempts (corp, subscription, id);
CREATE INDEX dead_time ON dead_deliveries (corp, event, subscription);

-- What became of a subscription's tries within an hour, counted as they are recorded.
CREATE TABLE subscription_hours (
	corp         TEXT   NOT NULL,
	subscription BIGINT NOT NULL,
	hour         BIGINT NOT NULL, -- its beginning, in real time
	accepted     BIGINT NOT NULL,
	failed       BIGINT NOT NULL,
	later        BIGINT NOT NULL,
	dropped      BIGINT NOT NULL,
	accepted_at  BIGINT NOT NULL, -- the last that was accepted; 0: none
	failed_at    BIGINT NOT NULL, -- the last that failed; 0: none
	answer       TEXT   NOT NULL, -- to that
	PRIMARY KEY (corp, subscription, hour)
);

-- Work that somebody asked for: to tell a part of the log again.
CREATE TABLE event_replays (
	corp       TEXT   NOT NULL,
	id         BIGINT NOT NULL,
	agent      BIGINT NOT NULL,
	test_group TEXT   NOT NULL, -- '': production
	targets    TEXT   NOT NULL, -- subscriptions, a JSON list
	names      TEXT   NOT NULL, -- only these events, a JSON list; empty: all
	after_id   BIGINT NOT NULL, -- events after this one
	until_id   BIGINT NOT NULL, -- up to this one
	done_id    BIGINT NOT NULL, -- what is done, up to this one
	due_at     BIGINT NOT NULL, -- of what was made last due: it never goes back, so that the order stays
	seen       BIGINT NOT NULL, -- events that were looked at
	made       BIGINT NOT NULL, -- deliveries that were made
	state      TEXT   NOT NULL, -- running, done, stopped
	created_by TEXT   NOT NULL,
	created_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (corp, id)
);
CREATE INDEX event_replays_state ON event_replays (state, corp, id);

-- How far the retention has come, and what the last comparison found.
CREATE TABLE event_audits (
	corp       TEXT   NOT NULL,
	purged_to  BIGINT NOT NULL, -- of events up to this one, rows may be gone
	requeued   BIGINT NOT NULL, -- grows when old events are to be delivered again
	checked_at BIGINT NOT NULL, -- 0: never
	checked    BIGINT NOT NULL, -- events that were compared
	missing    BIGINT NOT NULL, -- of these, without a trace for each whom they were for
	examples   TEXT   NOT NULL, -- some of these, a JSON list
	PRIMARY KEY (corp)
);
