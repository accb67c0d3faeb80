-- The newest event of each object: the next one gets a greater id, whichever node makes it. It has a row of its own because
-- PostgreSQL would take looking for it among the events as reading those of other objects too, and have writers that have
-- nothing to do with each other start again.
CREATE TABLE event_heads (
	corp   TEXT   NOT NULL,
	object TEXT   NOT NULL,
	newest BIGINT NOT NULL,
	PRIMARY KEY (corp, object)
);
INSERT INTO event_heads (corp, object, newest) SELECT corp, object, max(id) FROM events GROUP BY corp, object;

-- What failed and waits for its next try holds back its object: whoever begins to deliver reads these rows first, and must
-- not have to read a backlog for them.
CREATE INDEX deliveries_failed ON deliveries (corp, subscription, event) WHERE attempts > 0;

-- Rows are deleted as fast as they are made. What is left of them has to go before it is in the way of the next read.
-- only: postgres
ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
-- Each is overwritten by the next event of its object, which stays within its page while there is room.
-- only: postgres
ALTER TABLE event_heads SET (fillfactor = 70);
