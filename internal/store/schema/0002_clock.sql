-- How far each demonstration or sandbox corp's clock was moved.
CREATE TABLE corp_clocks (
  corp      TEXT   NOT NULL,
  offset_ms BIGINT NOT NULL,
  PRIMARY KEY (corp)
);
