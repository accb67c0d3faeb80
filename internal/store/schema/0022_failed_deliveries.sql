-- What failed and waits for its next try holds back its object: whoever begins to deliver reads these rows first, and must
-- not have to read a backlog for them.
CREATE INDEX deliveries_failed ON deliveries (corp, subscription, event) WHERE attempts > 0;

-- Rows are deleted as fast as they are made. What is left of them has to go before it is in the way of the next read.
-- only: postgres
ALTER TABLE deliveries SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
