-- The ways in which an application may prove who it is, and whether it is still being developed.

ALTER TABLE apps ADD COLUMN signatures TEXT NOT NULL DEFAULT '["token"]'; -- JSON list
ALTER TABLE apps ADD COLUMN development BOOLEAN NOT NULL DEFAULT FALSE; -- is told what it should have signed
UPDATE apps SET development = TRUE WHERE corp IN (SELECT corp FROM corps WHERE sandbox OR demo);
