-- The request log: a row holds the calls of one corp within one minute, or some of them. The rows of calls, one for each,
-- are what older versions wrote; they are brought over while the platform runs.
CREATE TABLE call_segments (
	corp    TEXT   NOT NULL, -- '': calls that led to no corp
	last    BIGINT NOT NULL, -- the highest id of a call
	first   BIGINT NOT NULL, -- the lowest, of the same minute
	calls   BIGINT NOT NULL,
	refused BIGINT NOT NULL, -- of these
	failed  BIGINT NOT NULL,
	agents  BYTEA  NOT NULL, -- which apps called, and how often
	words   BYTEA  NOT NULL, -- which trigrams a search may find; empty: it has to look
	body    BYTEA  NOT NULL,
	PRIMARY KEY (corp, last)
);
-- What is asked of many segments at once.
CREATE INDEX call_segments_counts ON call_segments (corp, last, first, calls, refused, failed);
