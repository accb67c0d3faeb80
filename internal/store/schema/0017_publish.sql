-- APIs of other systems. A group's name is one for the whole platform: it stands in paths.
CREATE TABLE api_groups (
	corp     TEXT   NOT NULL, -- '': the platform's own
	name     TEXT   NOT NULL,
	title    TEXT   NOT NULL,
	upstream TEXT   NOT NULL, -- JSON
	audience TEXT   NOT NULL, -- JSON
	made_by  TEXT   NOT NULL,
	made_at  BIGINT NOT NULL,
	PRIMARY KEY (corp, name)
);
CREATE UNIQUE INDEX api_groups_name ON api_groups (name);

-- Drafts, and which publication is live.
CREATE TABLE api_versions (
	corp       TEXT   NOT NULL,
	api        TEXT   NOT NULL,
	version    TEXT   NOT NULL,
	document   TEXT   NOT NULL, -- as it was sent
	settings   TEXT   NOT NULL, -- JSON, by operation
	grade_from TEXT   NOT NULL, -- the extension that states grades
	live       BIGINT NOT NULL, -- a publication's number; 0: none
	drafted_by TEXT   NOT NULL,
	drafted_at BIGINT NOT NULL,
	PRIMARY KEY (corp, api, version)
);

-- Copies of drafts that do not change.
CREATE TABLE api_publications (
	corp         TEXT   NOT NULL,
	api          TEXT   NOT NULL,
	version      TEXT   NOT NULL,
	number       BIGINT NOT NULL,
	document     TEXT   NOT NULL,
	settings     TEXT   NOT NULL,
	grade_from   TEXT   NOT NULL,
	note         TEXT   NOT NULL,
	published_by TEXT   NOT NULL,
	published_at BIGINT NOT NULL,
	PRIMARY KEY (corp, api, version, number)
);
