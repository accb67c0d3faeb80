-- What a person let an application do.
CREATE TABLE consents (
	corp     TEXT   NOT NULL,
	userid   TEXT   NOT NULL,
	agent    BIGINT NOT NULL,
	asked    TEXT   NOT NULL, -- permission points that the person was asked for, comma-separated
	scopes   TEXT   NOT NULL, -- those that the person agreed to
	given_at BIGINT NOT NULL, -- by the corp's clock
	PRIMARY KEY (corp, userid, agent)
);
CREATE INDEX consents_agent ON consents (corp, agent);

-- The digest by which a code's redeemer has to prove that he asked for it (RFC 7636); '': no proof.
ALTER TABLE login_codes ADD COLUMN challenge TEXT NOT NULL DEFAULT '';
CREATE INDEX login_codes_person ON login_codes (corp, userid);

-- Applications that can keep no secret.
ALTER TABLE apps ADD COLUMN public BOOLEAN NOT NULL DEFAULT FALSE;
