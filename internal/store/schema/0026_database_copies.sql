-- Copies of a corp's directory into databases of applications: how far each has come.
CREATE TABLE database_copies (
	corp         TEXT   NOT NULL,
	subscription BIGINT NOT NULL,
	run          BIGINT NOT NULL, -- which time it was asked for: an older run notes nothing
	state        TEXT   NOT NULL, -- running, done
	object       TEXT   NOT NULL, -- department, then person
	last         TEXT   NOT NULL, -- the last one that was looked at: it goes on behind it
	looked       BIGINT NOT NULL, -- objects looked at; those that the application may see were written
	total        BIGINT NOT NULL, -- objects there were when it began
	problem      TEXT   NOT NULL, -- why it does not go on at present
	started_at   BIGINT NOT NULL, -- in real time
	changed_at   BIGINT NOT NULL,
	PRIMARY KEY (corp, subscription)
);
