-- The dialects in which an application calls, a JSON list. Those that were made before go on in both, who makes one says.
ALTER TABLE apps ADD COLUMN dialects TEXT NOT NULL DEFAULT '["v1","v2"]';
