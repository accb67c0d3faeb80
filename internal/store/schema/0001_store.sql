-- What the store itself needs.

-- How often the things named by a topic changed. Every node compares it with what it last saw (see DB.Watch).
CREATE TABLE revisions (
	topic   TEXT   NOT NULL PRIMARY KEY,
	version BIGINT NOT NULL
);

-- Settings of the whole platform, changed in the console.
CREATE TABLE settings (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);
