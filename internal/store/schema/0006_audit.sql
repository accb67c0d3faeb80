-- The request log. What is searched for is a column; the rest of a call is text.
CREATE TABLE calls (
	corp    TEXT   NOT NULL, -- '': a call that led to no corp
	id      BIGINT NOT NULL, -- of the call; grows with time
	at      BIGINT NOT NULL,
	agent   BIGINT NOT NULL, -- 0: of no app
	outcome TEXT   NOT NULL, -- ok, refused, error
	path    TEXT   NOT NULL, -- without the query, which may carry a token
	words   TEXT   NOT NULL, -- what a search looks through, in lower case
	detail  TEXT   NOT NULL, -- JSON
	PRIMARY KEY (corp, id)
);
CREATE INDEX calls_agent ON calls (corp, agent, id);
CREATE INDEX calls_outcome ON calls (corp, outcome, id);
