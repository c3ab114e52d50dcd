-- Up Migration
CREATE TABLE prizes (id serial PRIMARY KEY, race integer);
CREATE INDEX prizes_by_race ON prizes (race);

-- Down Migration
DROP TABLE prizes;
