-- Applications with ids of their own for people and corps.
ALTER TABLE apps ADD COLUMN ids TEXT NOT NULL DEFAULT 'plain'; -- plain, open, both

-- Ids of the platform that do not fit into an application's: what a digest is of.
CREATE TABLE long_ids (
	corp   TEXT  NOT NULL,
	kind   TEXT  NOT NULL, -- userid, unionid, openid, corpid, chatid
	digest BYTEA NOT NULL,
	plain  TEXT  NOT NULL,
	PRIMARY KEY (corp, kind, digest)
);
